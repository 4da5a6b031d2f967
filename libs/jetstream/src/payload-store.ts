import { Objm, type ObjectStore } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { BUCKETS, sha256 } from '#events';
import { BlobMissing } from '#errors';

/** What is larger goes to the object store under its SHA-256, and the message refers to it. */
export const CLAIM_CHECK_BYTES = 512 * 1024;

/** The header by which a message says that its payload is a blob. */
export const BLOB_HEADER = 'Cairn-Blob';

/** Payloads of messages that are too large for one, named by their content: writing the same twice changes nothing. */
export class PayloadStore {
  #bucket: Promise<ObjectStore> | undefined;

  constructor(private readonly nc: NatsConnection) {}

  /** Returns the name under which the bytes are found again. */
  async put(bytes: Uint8Array): Promise<string> {
    const name = sha256(bytes);
    const bucket = await this.open();
    if ((await bucket.info(name)) === null) await bucket.putBlob({ name }, bytes);
    return name;
  }

  /** @throws BlobMissing */
  async get(name: string): Promise<Uint8Array> {
    const bytes = await (await this.open()).getBlob(name);
    // Several services may write here: what was put in the place of a blob is not the blob.
    if (bytes === null || sha256(bytes) !== name) throw new BlobMissing(name);
    return bytes;
  }

  private open(): Promise<ObjectStore> {
    this.#bucket ??= new Objm(this.nc).open(BUCKETS.blobs).catch((error: unknown) => {
      this.#bucket = undefined;
      throw error;
    });
    return this.#bucket;
  }
}
