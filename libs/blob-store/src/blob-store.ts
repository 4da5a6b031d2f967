import type { Readable } from 'node:stream';

/** `at`: when it was written, as an ISO string, by the store's clock where it has one. */
export type BlobInfo = Readonly<{ key: string; size: number; at: string }>;

/** What was read of the content while it was written. `sha256` in hex. */
export type WrittenBlob = Readonly<{ size: number; sha256: string }>;

export type PutOptions = Readonly<{
  /** With more bytes nothing is kept. */
  maxBytes: number;
  /** Nothing is written when there is a blob of this key; of two that write it at once the first to end wins. */
  ifAbsent?: boolean;
}>;

/**
 * Bytes by key: artifacts and caches. A key has 1 to 900 letters, digits and `-_.~%/`.
 *
 * Whoever reads sees a whole blob or none: one that is being written is not there, and one that replaces another shows when
 * it is complete. All methods may be called side by side, by several processes. Content is streamed: what is in memory of a
 * blob does not grow with it.
 *
 * All @throws BlobStoreUnavailable when the store does not answer; then it is not known whether a write took place.
 */
export interface BlobStore {
  /**
   * Writes all of `content`, or nothing. Undefined: `ifAbsent`, and it was there; then the content may not have been read.
   * @throws BlobTooLarge · BlobStoreFull · what `content` throws
   */
  put(key: string, content: AsyncIterable<Uint8Array>, options: PutOptions): Promise<WrittenBlob | undefined>;
  /** `content` fails with BlobGone when it turns out not to be what was written. @throws BlobGone when it is not there */
  get(key: string): Promise<Readonly<{ size: number; content: Readable }>>;
  /** Undefined when it is not there. */
  head(key: string): Promise<BlobInfo | undefined>;
  /** Deleting what is not there changes nothing. */
  delete(key: string): Promise<void>;
  /** All whose keys begin so, in the order of their keys. What is written or deleted meanwhile may or may not be among them. */
  list(prefix: string): AsyncIterable<BlobInfo>;
}
