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

/** What `BlobGone` says of a blob that has less than was asked for. */
export const SHORTER = 'has fewer bytes than it should';

/** Both bytes are included; they count from 0. */
export type ByteRange = Readonly<{ from: number; to: number }>;

/** `size`: of the whole blob, also where just a part of it is read. */
export type OpenedBlob = Readonly<{ size: number; content: Readable }>;

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
  /**
   * `range`: just these bytes, which the blob must have; those before are not read. `content` fails with BlobGone when it
   * turns out not to be what was written, of a range when it is not as long. @throws BlobGone when it is not there
   */
  get(key: string, range?: ByteRange): Promise<OpenedBlob>;
  /** Undefined when it is not there. */
  head(key: string): Promise<BlobInfo | undefined>;
  /** Deleting what is not there changes nothing. */
  delete(key: string): Promise<void>;
  /** All whose keys begin so, in the order of their keys. What is written or deleted meanwhile may or may not be among them. */
  list(prefix: string): AsyncIterable<BlobInfo>;
}
