import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamManager,
  type StoredMsg,
} from '@nats-io/jetstream';
import { Objm, type ObjectInfo, type ObjectStore } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { BlobGone, BlobStoreFull, BlobStoreUnavailable, CairnError, messageOf } from '#errors';
import {
  SHORTER,
  type BlobInfo,
  type BlobStore,
  type ByteRange,
  type OpenedBlob,
  type PutOptions,
  type WrittenBlob,
} from './blob-store.js';
import { Measured } from './measured.js';
import { sequenceWith } from './sequence-with.js';

/** Far below what a server takes as one message (1 MiB), large enough that its headers do not count. */
const CHUNK_BYTES = 256 * 1024;
const WRONG_LAST_SEQUENCE = 10071;
const READS_AT_ONCE = 16;
/** A consumer that was made to count, and could not be deleted: nanoseconds. */
const UNUSED_NS = 5_000_000_000;

type Meta = Pick<ObjectInfo, 'name' | 'nuid' | 'size' | 'chunks' | 'digest' | 'deleted' | 'options'>;
/** `sequence`: that of its entry, which is written after its chunks. */
type Stored = Readonly<{ meta: Meta; at: string; sequence: number }>;
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

  async get(key: string, range?: ByteRange): Promise<OpenedBlob> {
    const stored = await this.metaOf(key);
    if (!stored) throw new BlobGone(key);
    const { size } = stored.meta;
    if (range && range.to >= size) throw new BlobGone(key, SHORTER);
    const chunks = range ? this.partOf(key, stored, range) : this.wholeOf(key, stored.meta);
    return { size, content: Readable.from(chunks, { objectMode: false, highWaterMark: CHUNK_BYTES }) };
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
    return !message || !meta || meta.deleted
      ? undefined
      : { meta, at: message.time.toISOString(), sequence: message.seq };
  }

  private async message(query: Parameters<Direct['getMessage']>[1]): Promise<StoredMsg | null> {
    try {
      const { jsm } = await this.open();
      return await jsm.direct.getMessage(this.stream, query);
    } catch (error) {
      throw this.asBlobError(error);
    }
  }

  private async *wholeOf(key: string, meta: Meta): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    for await (const chunk of this.chunksOf(key, meta, { sequence: 1, count: meta.chunks })) {
      hash.update(chunk);
      yield chunk;
    }
    const digest = hash.digest('base64url');
    if (meta.digest.replace(/^SHA-256=/, '').replace(/=+$/, '') !== digest)
      throw new BlobGone(key, 'is damaged: what is stored is not what was written');
  }

  /** All chunks but the last are of one size, so the range tells which are needed. */
  private async *partOf(key: string, stored: Stored, { from, to }: ByteRange): AsyncGenerator<Uint8Array> {
    const { meta, sequence } = stored;
    const size = meta.options?.max_chunk_size ?? CHUNK_BYTES;
    const [first, last] = [Math.floor(from / size), Math.floor(to / size)];
    const left = (at: number): Promise<number> => this.chunksFrom(meta, at);
    const begin = await sequenceWith(meta.chunks - first, sequence, left);
    if (begin === undefined) throw new BlobGone(key, 'is no longer stored as a whole');
    let [skip, bytes] = [from - first * size, to - from + 1];
    for await (const chunk of this.chunksOf(key, meta, { sequence: begin, count: last - first + 1 })) {
      const part = chunk.subarray(skip, skip + bytes);
      [skip, bytes] = [0, bytes - part.length];
      yield part;
    }
    if (bytes > 0) throw new BlobGone(key, SHORTER);
  }

  /** The next chunk is under way while one is looked at. */
  private async *chunksOf(
    key: string,
    meta: Meta,
    { sequence, count }: Readonly<{ sequence: number; count: number }>,
  ): AsyncGenerator<Uint8Array> {
    const chunk = (seq: number) => {
      const next = this.message({ seq, next_by_subj: this.chunkSubject(meta) });
      next.catch(() => undefined);
      return next;
    };
    let next = count > 0 ? chunk(sequence) : undefined;
    for (let number = 1; number <= count; number += 1) {
      const message = await next;
      if (!message) throw new BlobGone(key, 'is no longer stored as a whole');
      if (number < count) next = chunk(message.seq + 1);
      yield message.data;
    }
  }

  /** How many chunks of the blob there are from that sequence on. No message tells, but a consumer that is made there. */
  private async chunksFrom(meta: Meta, sequence: number): Promise<number> {
    try {
      const { jsm } = await this.open();
      const name = randomUUID(); // with it the filter is in the request's subject, which rights look at
      const { num_pending } = await jsm.consumers.add(this.stream, {
        name,
        filter_subject: this.chunkSubject(meta),
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: sequence,
        ack_policy: AckPolicy.None,
        inactive_threshold: UNUSED_NS,
        mem_storage: true,
      });
      await jsm.consumers.delete(this.stream, name);
      return num_pending;
    } catch (error) {
      throw this.asBlobError(error);
    }
  }

  private asBlobError(error: unknown): CairnError {
    if (error instanceof CairnError) return error;
    const words = messageOf(error);
    return /maximum bytes exceeded|insufficient (storage )?resources/.test(words)
      ? new BlobStoreFull(`the bucket ${this.bucket}`, { cause: error })
      : new BlobStoreUnavailable(words, { cause: error });
  }
}
