import { LRUCache } from 'lru-cache';
import type { LogAddress, LogChunk } from '#events';
import { ElasticsearchAppend } from './elasticsearch-append.js';
import { ElasticsearchClient, type ClientOptions } from './elasticsearch-client.js';
import { bytesOfDocument, type ChunkDocument } from './elasticsearch-documents.js';
import { searchDocuments } from './elasticsearch-search.js';
import type { LogSearch, LogSearchPage } from './search/log-search.js';
import { NOTHING_HELD } from './encoded-chunk.js';
import type { LineRange, LogStore, NumberedPiece, StoredLog } from './log-store.js';
import { decodePieces } from './piece-table.js';
import { nameOf } from './step-name.js';
import { Turns } from './turns.js';
import { unavailable } from './unavailable.js';

/**
 * `url`: with user and password where the server asks for them. `backoffMs`: the waits before chunks that the server had
 * no room for are sent again; then `append` fails. `client`: further options of the client, such as `tls`.
 */
export type ElasticsearchLogStoreOptions = Readonly<{
  url: string;
  backoffMs?: readonly number[];
  client?: ClientOptions;
}>;

const REMEMBERED = 10_000;
const PAGE = 16; // chunks fetched at once to read: a few MiB
const SCAN_PAGE = 1000; // when only offsets are looked at
const STATE_FIELDS = ['from', 'lines', 'offset', 'end', 'chain'] as const;
const RAW_FIELDS = ['offset', 'bytes', 'text', 'data'] as const;
const READ_FIELDS = [...RAW_FIELDS, 'from', 'firstAt', 'table'] as const;

/** Infinity is a limit too, but JSON has no word for it. */
const inJson = (limit: number): number => Math.min(Math.max(limit, 0), Number.MAX_SAFE_INTEGER);

const heldWith = ({ from, lines, end, chain }: Pick<ChunkDocument, 'from' | 'lines' | 'end' | 'chain'>): StoredLog => ({
  lines: from - 1 + lines,
  bytes: end,
  chain,
});

/**
 * Logs in Elasticsearch, a document for each chunk, with an id that follows from address and offset: a replay creates
 * nothing twice. A document counts only when all before it are there, so a bulk request that was taken in part is never
 * read as a log with a hole. Reading refreshes the index first: what `append` returned for is seen by every reader.
 */
export class ElasticsearchLogStore implements LogStore {
  private readonly client: ElasticsearchClient;
  private readonly remembered = new LRUCache<string, StoredLog>({ max: REMEMBERED });
  private readonly turns = new Turns();

  constructor({ url, backoffMs = [100, 300, 1000, 3000], client = {} }: ElasticsearchLogStoreOptions) {
    this.client = new ElasticsearchClient({ ...client, node: url }, backoffMs);
  }

  /** Puts the index template. `append` sees to it too; calling it at start shows early that something is wrong. */
  async setup(): Promise<void> {
    await this.client.setup().catch((error: unknown) => {
      throw unavailable('the index template cannot be put', error);
    });
  }

  async append(address: LogAddress, chunks: readonly LogChunk[]): Promise<StoredLog> {
    const name = nameOf(address);
    return this.turns.take(name, async () => {
      try {
        const held = this.remembered.get(name) ?? (await this.held(address));
        const after = await new ElasticsearchAppend(this.client, address, held, () => this.held(address)).run(chunks);
        this.remembered.set(name, after);
        return after;
      } catch (error) {
        this.remembered.delete(name);
        throw unavailable(`${name} cannot be written`, error);
      }
    });
  }

  async state(address: LogAddress): Promise<StoredLog> {
    const name = nameOf(address);
    try {
      return await this.held(address);
    } catch (error) {
      throw unavailable(`${name} cannot be read`, error);
    }
  }

  async *read(address: LogAddress, range: LineRange): AsyncGenerator<readonly NumberedPiece[]> {
    const ranges = [{ range: { last: { gte: inJson(range.from) } } }, { range: { from: { lte: inJson(range.to) } } }];
    for await (const document of this.documents(address, ranges, READ_FIELDS)) {
      const start = { line: document.from, firstAt: document.firstAt };
      const table = Buffer.from(document.table, 'base64');
      const pieces = decodePieces(table, bytesOfDocument(address, document), start, range);
      if (pieces.length > 0) yield pieces;
    }
  }

  async *raw(address: LogAddress, offset = 0): AsyncGenerator<Buffer> {
    for await (const document of this.documents(address, [{ range: { end: { gt: inJson(offset) } } }], RAW_FIELDS))
      yield bytesOfDocument(address, document).subarray(Math.max(0, offset - document.offset));
  }

  async search(search: LogSearch): Promise<LogSearchPage> {
    try {
      return await searchDocuments(this.client, search);
    } catch (error) {
      throw unavailable('logs cannot be searched', error);
    }
  }

  async close(): Promise<void> {
    await this.turns.settled();
    await this.client.close();
  }

  /** The documents that count, of those that the ranges choose. */
  private async *documents<F extends keyof ChunkDocument>(
    address: LogAddress,
    ranges: Parameters<ElasticsearchClient['all']>[1],
    source: readonly F[],
  ): AsyncGenerator<Pick<ChunkDocument, F>> {
    const name = nameOf(address);
    try {
      const { bytes } = await this.held(address);
      const counted = [...ranges, { range: { end: { lte: bytes } } }];
      if (bytes > 0) yield* this.client.all(address, counted, source, PAGE);
    } catch (error) {
      throw unavailable(`${name} cannot be read`, error);
    }
  }

  private async held(address: LogAddress): Promise<StoredLog> {
    await this.client.refresh(address);
    const { last, bytes } = await this.client.last(address, STATE_FIELDS);
    if (last === undefined) return NOTHING_HELD;
    return last.end === bytes ? heldWith(last) : this.heldBeforeHole(address);
  }

  /** A bulk request was taken in part: only what comes before the first document that is missing counts. */
  private async heldBeforeHole(address: LogAddress): Promise<StoredLog> {
    let held = NOTHING_HELD;
    for await (const document of this.client.all(address, [], STATE_FIELDS, SCAN_PAGE)) {
      if (document.offset !== held.bytes) break;
      held = heldWith(document);
    }
    return held;
  }
}
