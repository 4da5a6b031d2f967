import type { S3Client } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { BlobGone, BlobStoreUnavailable, CairnError, messageOf } from '#errors';
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

export type S3Settings = Readonly<{
  endpoint: string;
  bucket: string;
  region: string;
  accessKey: string;
  secretKey: string;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. */
  pathStyle: boolean;
}>;

/** What is in memory of a blob that is written: parts at once, and bytes of one. 10,000 parts are the most. */
const PARTS_AT_ONCE = 2;
const PART_BYTES = 8 * 1024 * 1024;

const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

const load = () => Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/lib-storage')] as const);

/** `length` bytes of the content after the first `skip`. */
async function* cut(content: AsyncIterable<Buffer>, skip: number, length: number): AsyncGenerator<Buffer> {
  let [before, left] = [skip, length];
  for await (const bytes of content) {
    const part = bytes.subarray(before, before + left);
    before = Math.max(0, before - bytes.length);
    left -= part.length;
    if (part.length > 0) yield part;
    if (left === 0) return;
  }
}

/**
 * A bucket that speaks S3, which must be there. `ifAbsent` holds between writers at once where the server knows conditional
 * writes (`If-None-Match`); elsewhere the last of them wins. Nothing here ends what is old: the bucket's own rules do.
 */
export class S3BlobStore implements BlobStore {
  private client: Promise<S3Client> | undefined;

  /** `prefix`: before each key in the bucket. */
  constructor(
    private readonly settings: S3Settings,
    private readonly prefix: string,
  ) {}

  async put(
    key: string,
    content: AsyncIterable<Uint8Array>,
    { maxBytes, ifAbsent = false }: PutOptions,
  ): Promise<WrittenBlob | undefined> {
    if (ifAbsent && (await this.head(key))) return undefined;
    const measured = new Measured(key, content, maxBytes);
    try {
      const [client, [, { Upload }]] = await Promise.all([this.connect(), load()]);
      const upload = new Upload({
        client,
        params: {
          ...this.at(key),
          Body: Readable.from(measured, { objectMode: false }),
          ContentType: 'application/octet-stream',
          ...(ifAbsent ? { IfNoneMatch: '*' } : {}),
        },
        queueSize: PARTS_AT_ONCE,
        partSize: PART_BYTES,
      });
      await upload.done();
      return measured.written;
    } catch (error) {
      if (measured.fault) throw measured.fault.error;
      if (statusOf(error) === 412 || statusOf(error) === 409) return undefined;
      throw asBlobError(error);
    }
  }

  async get(key: string, range?: ByteRange): Promise<OpenedBlob> {
    try {
      const [client, [{ GetObjectCommand }]] = await Promise.all([this.connect(), load()]);
      const part = range && { Range: `bytes=${range.from}-${range.to}` };
      const answer = await client.send(new GetObjectCommand({ ...this.at(key), ...part }));
      const { ContentLength = 0, ContentRange = '' } = answer;
      const [body, [, first = '0', all]] = [
        answer.Body as Readable,
        /^bytes (\d+)-\d+\/(\d+)$/.exec(ContentRange) ?? [],
      ];
      const size = Number(all ?? ContentLength);
      if (range && range.to >= size) {
        body.destroy();
        throw new BlobGone(key, SHORTER);
      }
      const whole = this.whole(key, body, ContentLength);
      // Some servers give more than they are asked for.
      const content = range ? cut(whole, range.from - Number(first), range.to - range.from + 1) : whole;
      return { size, content: Readable.from(content, { objectMode: false }) };
    } catch (error) {
      if (statusOf(error) === 416) throw new BlobGone(key, SHORTER);
      throw statusOf(error) === 404 ? new BlobGone(key) : asBlobError(error);
    }
  }

  async head(key: string): Promise<BlobInfo | undefined> {
    try {
      const [client, [{ HeadObjectCommand }]] = await Promise.all([this.connect(), load()]);
      const { ContentLength = 0, LastModified } = await client.send(new HeadObjectCommand(this.at(key)));
      return { key, size: ContentLength, at: (LastModified ?? new Date(0)).toISOString() };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw asBlobError(error);
    }
  }

  async delete(key: string): Promise<void> {
    try {
      const [client, [{ DeleteObjectCommand }]] = await Promise.all([this.connect(), load()]);
      await client.send(new DeleteObjectCommand(this.at(key)));
    } catch (error) {
      if (statusOf(error) !== 404) throw asBlobError(error);
    }
  }

  async *list(prefix: string): AsyncGenerator<BlobInfo> {
    const [client, [{ paginateListObjectsV2 }]] = await Promise.all([this.connect(), load()]);
    const asked = { Bucket: this.settings.bucket, Prefix: `${this.prefix}${prefix}` };
    try {
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, asked))
        for (const { Key = '', Size = 0, LastModified } of Contents)
          yield { key: Key.slice(this.prefix.length), size: Size, at: (LastModified ?? new Date(0)).toISOString() };
    } catch (error) {
      throw asBlobError(error);
    }
  }

  private at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.settings.bucket, Key: `${this.prefix}${key}` };
  }

  /** An answer that ends early must not look whole. */
  private async *whole(key: string, body: Readable, size: number): AsyncGenerator<Buffer> {
    let bytes = 0;
    try {
      for await (const part of body) {
        bytes += (part as Buffer).length;
        yield part as Buffer;
      }
    } catch (error) {
      throw asBlobError(error);
    }
    if (bytes !== size) throw new BlobStoreUnavailable(`${key} ended after ${bytes} of ${size} bytes`);
  }

  private connect(): Promise<S3Client> {
    const { endpoint, region, accessKey, secretKey, pathStyle } = this.settings;
    this.client ??= load().then(
      ([{ S3Client: Client }]) =>
        new Client({
          endpoint,
          region,
          forcePathStyle: pathStyle,
          credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
          // Not every server that speaks S3 knows the newer checksums.
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
        }),
    );
    return this.client;
  }
}

const asBlobError = (error: unknown): CairnError =>
  error instanceof CairnError ? error : new BlobStoreUnavailable(messageOf(error), { cause: error });
