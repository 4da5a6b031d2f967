import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { JetStreamApiError, jetstreamManager, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import { Objm, type ObjectInfo, type ObjectStore } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { BlobGone, BlobStoreFull, BlobStoreUnavailable, CairnError, messageOf } from '#errors';
import type { BlobInfo, BlobStore, PutOptions, WrittenBlob } from './blob-store.js';
import { Measured } from './measured.js';

/** Far below what a server takes as one message (1 MiB), large enough that its headers do not count. */
const CHUNK_BYTES = 256 * 1024;
const WRONG_LAST_SEQUENCE = 10071;
const READS_AT_ONCE = 16;

type Meta = Pick<ObjectInfo, 'name' | 'nuid' | 'size' | 'chunks' | 'digest' | 'deleted'>;
type Stored = Readonly<{ meta: Meta; at: string }>;
type Direct = JetStreamManager['direct'];

/** Of the client's object store: base64 for URLs, with padding. */
const encoded = (key: string): string =>
  Buffer.from(key, 'utf8').toString('base64').replaceAll('+', '-').replaceAll('/', '_');
const decoded = (text: string): string => Buffer.from(text, 'base64url').toString('utf8');

/**
 * A bucket of JetStream's Object Store, which must be there. Written by its client. It is read here chunk by chunk, each
 * when it is asked for: the client's own reader takes in as much as the server gives, however slowly that is read.
 * Needs the rights `keepsBlobs` of deploy/nats/rights.ts, and for `delete` those of `purgesBlobs`.
 */
export class JetStreamBlobStore implements BlobStore {
  private opened: Promise<{ bucket: ObjectStore; jsm: JetStreamManager }> | undefined;

  constructor(
    private readonly nc: NatsConnection,
    private readonly bucket: string,
  ) {}

  async put(
    key: string,
    content: AsyncIterable<Uint8Array>,
    { maxBytes, ifAbsent = false }: PutOptions,
  ): Promise<WrittenBlob | undefined> {
    const measured = new Measured(key, content, maxBytes);
    try {
      const { bucket } = await this.open();
      const before = ifAbsent ? await bucket.info(key) : null;
      if (before && !before.deleted) return undefined;
      const condition = ifAbsent ? { previousRevision: before?.revision ?? 0 } : {};
      const meta = { name: key, options: { max_chunk_size: CHUNK_BYTES } };
      await bucket.put(meta, ReadableStream.from(measured), condition);
      return measured.written;
    } catch (error) {
      if (measured.fault) throw measured.fault.error;
      if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) return undefined;
      throw this.asBlobError(error);
    }
  }

  async get(key: string): Promise<Readonly<{ size: number; content: Readable }>> {
    const stored = await this.metaOf(key);
    if (!stored) throw new BlobGone(key);
    const chunks = this.chunksOf(key, stored.meta);
    return {
      size: stored.meta.size,
      content: Readable.from(chunks, { objectMode: false, highWaterMark: CHUNK_BYTES }),
    };
  }

  async head(key: string): Promise<BlobInfo | undefined> {
    const stored = await this.metaOf(key);
    return stored && { key, size: stored.meta.size, at: stored.at };
  }

  /** Without a trace: the client's own way leaves an entry that says that there was one. */
  async delete(key: string): Promise<void> {
    const stored = await this.metaOf(key);
    if (!stored) return;
    try {
      const { jsm } = await this.open();
      await jsm.streams.purge(this.stream, { filter: this.metaSubject(key) });
      await jsm.streams.purge(this.stream, { filter: this.chunkSubject(stored.meta) });
    } catch (error) {
      throw this.asBlobError(error);
    }
  }

  async *list(prefix: string): AsyncGenerator<BlobInfo> {
    const keys = (await this.keys()).filter((key) => key.startsWith(prefix)).sort();
    for (let from = 0; from < keys.length; from += READS_AT_ONCE)
      for (const info of await Promise.all(keys.slice(from, from + READS_AT_ONCE).map((key) => this.head(key))))
        if (info) yield info;
  }

  private get stream(): string {
    return `OBJ_${this.bucket}`;
  }

  private metaSubject(key: string): string {
    return `$O.${this.bucket}.M.${encoded(key)}`;
  }

  private chunkSubject({ nuid }: Meta): string {
    return `$O.${this.bucket}.C.${nuid}`;
  }

  private open(): Promise<{ bucket: ObjectStore; jsm: JetStreamManager }> {
    this.opened ??= this.openBucket().catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    });
    return this.opened;
  }

  private async openBucket(): Promise<{ bucket: ObjectStore; jsm: JetStreamManager }> {
    const [bucket, jsm] = await Promise.all([
      new Objm(this.nc).open(this.bucket),
      jetstreamManager(this.nc, { checkAPI: false }),
    ]);
    return { bucket, jsm };
  }

  private async keys(): Promise<string[]> {
    try {
      const { jsm } = await this.open();
      const all = `$O.${this.bucket}.M.`;
      const { state } = await jsm.streams.info(this.stream, { subjects_filter: `${all}>` });
      return Object.keys(state.subjects ?? {}).map((subject) => decoded(subject.slice(all.length)));
    } catch (error) {
      throw this.asBlobError(error);
    }
  }

  private async metaOf(key: string): Promise<Stored | undefined> {
    const message = await this.message({ last_by_subj: this.metaSubject(key) });
    const meta = message?.json<Meta>();
    return !message || !meta || meta.deleted ? undefined : { meta, at: message.time.toISOString() };
  }

  private async message(query: Parameters<Direct['getMessage']>[1]): Promise<StoredMsg | null> {
    try {
      const { jsm } = await this.open();
      return await jsm.direct.getMessage(this.stream, query);
    } catch (error) {
      throw this.asBlobError(error);
    }
  }

  /** The next chunk is under way while one is looked at. */
  private async *chunksOf(key: string, meta: Meta): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    const chunk = (seq: number) => {
      const next = this.message({ seq, next_by_subj: this.chunkSubject(meta) });
      next.catch(() => undefined);
      return next;
    };
    let next = meta.chunks > 0 ? chunk(1) : undefined;
    for (let number = 1; number <= meta.chunks; number += 1) {
      const message = await next;
      if (!message) throw new BlobGone(key, 'is no longer stored as a whole');
      if (number < meta.chunks) next = chunk(message.seq + 1);
      hash.update(message.data);
      yield message.data;
    }
    const digest = hash.digest('base64url');
    if (meta.digest.replace(/^SHA-256=/, '').replace(/=+$/, '') !== digest)
      throw new BlobGone(key, 'is damaged: what is stored is not what was written');
  }

  private asBlobError(error: unknown): CairnError {
    if (error instanceof CairnError) return error;
    const words = messageOf(error);
    return /maximum bytes exceeded|insufficient (storage )?resources/.test(words)
      ? new BlobStoreFull(`the bucket ${this.bucket}`, { cause: error })
      : new BlobStoreUnavailable(words, { cause: error });
  }
}
