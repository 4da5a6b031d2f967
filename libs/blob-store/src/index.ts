export type { BlobInfo, BlobStore, ByteRange, OpenedBlob, PutOptions, WrittenBlob } from './blob-store.js';
export { createBlobStores, type BlobStores } from './create-blob-stores.js';
export { JetStreamBlobStore } from './jetstream-blob-store.js';
export { S3BlobStore, type S3Settings } from './s3-blob-store.js';
