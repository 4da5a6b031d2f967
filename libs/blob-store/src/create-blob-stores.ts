import type { NatsConnection } from '@nats-io/transport-node';
import { BUCKETS } from '#events';
import type { BlobStore } from './blob-store.js';
import { JetStreamBlobStore } from './jetstream-blob-store.js';
import { S3BlobStore, type S3Settings } from './s3-blob-store.js';

export type BlobStores = Readonly<{ artifacts: BlobStore; caches: BlobStore }>;

/** In S3 where there are settings for it, else in JetStream. */
export const createBlobStores = (nc: NatsConnection, s3: S3Settings | undefined): BlobStores =>
  s3
    ? { artifacts: new S3BlobStore(s3, 'artifacts/'), caches: new S3BlobStore(s3, 'caches/') }
    : {
        artifacts: new JetStreamBlobStore(nc, BUCKETS.artifacts),
        caches: new JetStreamBlobStore(nc, BUCKETS.caches),
      };
