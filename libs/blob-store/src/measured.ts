import { createHash } from 'node:crypto';
import { BlobTooLarge } from '#errors';
import type { WrittenBlob } from './blob-store.js';

/** Content on its way into a store: counted, hashed, and broken off where it is too large. To be read once. */
export class Measured implements AsyncIterable<Uint8Array> {
  readonly #hash = createHash('sha256');
  #size = 0;
  #fault: { error: unknown } | undefined;

  constructor(
    private readonly key: string,
    private readonly content: AsyncIterable<Uint8Array>,
    private readonly maxBytes: number,
  ) {}

  /** Why the content broke off: a store tells what it made of that, not what it was. */
  get fault(): { error: unknown } | undefined {
    return this.#fault;
  }

  /** Once it has been read to its end. */
  get written(): WrittenBlob {
    return { size: this.#size, sha256: this.#hash.copy().digest('hex') };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for await (const bytes of this.content) {
        this.#size += bytes.length;
        if (this.#size > this.maxBytes) throw new BlobTooLarge(this.key, this.maxBytes);
        this.#hash.update(bytes);
        if (bytes.length > 0) yield bytes;
      }
    } catch (error) {
      this.#fault = { error };
      throw error;
    }
  }
}
