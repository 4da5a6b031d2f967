import { setTimeout as delay } from 'node:timers/promises';
import type { Client, estypes } from '@elastic/elasticsearch';
import { LogStoreUnavailable, messageOf } from '#errors';
import type { LogAddress } from '#events';
import { chunksQuery, idOf, INDEX_TEMPLATE, indexOf, type ChunkDocument } from './elasticsearch-documents.js';

/** Named by the package's declarations for `require` only. */
export type ClientOptions = ConstructorParameters<typeof Client>[0];

type Field = keyof ChunkDocument;
type Failures = { ids: Set<string>; reason: string };

const REQUEST_MS = 30_000;
const CONFLICT = 409;

const isPassing = (status: number | undefined): boolean => status === undefined || status === 429 || status >= 500;
const statusOf = (error: unknown): number | undefined => (error as { statusCode?: number }).statusCode;

/** The few calls to Elasticsearch that the store makes. The package is loaded by the first of them. */
export class ElasticsearchClient {
  private client: Promise<Client> | undefined;
  private template: Promise<unknown> | undefined;

  constructor(
    private readonly options: ClientOptions,
    private readonly backoffMs: readonly number[],
  ) {}

  /** Puts the index template; once, and again only after it failed. */
  async setup(): Promise<void> {
    this.template ??= this.connected().then((client) => client.indices.putIndexTemplate(INDEX_TEMPLATE));
    try {
      await this.template;
    } catch (error) {
      this.template = undefined;
      throw error;
    }
  }

  /**
   * Creates the documents that are not there yet, trying those again that the server had no room for.
   * @returns the offsets of those that were there.
   * @throws LogStoreUnavailable when some could not be created; which ones is for the caller to find out
   */
  async create(documents: readonly ChunkDocument[]): Promise<number[]> {
    await this.setup();
    const existing: number[] = [];
    let left = documents;
    for (const wait of [...this.backoffMs, undefined]) {
      const { ids, reason } = await this.tryCreate(left, existing);
      left = left.filter((document) => ids.has(idOf(document, document.offset)));
      if (left.length === 0) return existing;
      if (wait === undefined)
        throw new LogStoreUnavailable(`${left.length} of ${documents.length} chunks were not taken: ${reason}`);
      await delay(wait * (0.5 + Math.random()));
    }
    return existing;
  }

  /** The documents at these offsets, as they are this moment; those that are not there are left out. */
  async get<F extends Field>(
    address: LogAddress,
    offsets: readonly number[],
    source: readonly F[],
  ): Promise<Pick<ChunkDocument, F>[]> {
    const client = await this.connected();
    const ids = offsets.map((offset) => idOf(address, offset));
    const { docs } = await client.mget<ChunkDocument>({ index: indexOf(address), ids, _source_includes: [...source] });
    return docs.flatMap((found) => ('_source' in found && found._source ? [found._source] : []));
  }

  /** Makes what was written until now visible to searches. */
  async refresh(address: LogAddress): Promise<void> {
    const client = await this.connected();
    await client.indices.refresh({ index: indexOf(address), ignore_unavailable: true });
  }

  /** The step's last document, and the sum of the bytes of all. */
  async last<F extends Field>(
    address: LogAddress,
    source: readonly F[],
  ): Promise<Readonly<{ last: Pick<ChunkDocument, F> | undefined; bytes: number }>> {
    const { hits, aggregations } = await this.search(address, {
      query: chunksQuery(address),
      sort: [{ offset: 'desc' }],
      size: 1,
      aggregations: { bytes: { sum: { field: 'bytes' } } },
      _source: [...source],
    });
    const bytes = (aggregations?.['bytes'] as estypes.AggregationsSumAggregate | undefined)?.value ?? 0;
    return { last: hits.hits[0]?._source, bytes };
  }

  /** The step's documents by offset, in pages of `size`. */
  async *all<F extends Field>(
    address: LogAddress,
    ranges: readonly estypes.QueryDslQueryContainer[],
    source: readonly F[],
    size: number,
  ): AsyncGenerator<Pick<ChunkDocument, F>> {
    const query = chunksQuery(address, ranges);
    for (let after: estypes.SortResults | undefined; ;) {
      const { hits } = await this.search(address, {
        query,
        sort: [{ offset: 'asc' }],
        size,
        _source: [...source],
        ...(after ? { search_after: after } : {}),
      });
      for (const hit of hits.hits) if (hit._source) yield hit._source;
      after = hits.hits.at(-1)?.sort;
      if (hits.hits.length < size) return;
    }
  }

  /** Documents of all logs. */
  async find(request: estypes.SearchRequest): Promise<estypes.SearchHit<ChunkDocument>[]> {
    const client = await this.connected();
    const index = INDEX_TEMPLATE.index_patterns as string[];
    const { hits } = await client.search<ChunkDocument>({ index, track_total_hits: false, ...request });
    return hits.hits;
  }

  async close(): Promise<void> {
    await (await this.client)?.close();
  }

  private async connected(): Promise<Client> {
    this.client ??= import('@elastic/elasticsearch').then(
      (elastic) => new elastic.Client({ requestTimeout: REQUEST_MS, ...this.options }),
    );
    return this.client;
  }

  private async search(
    address: LogAddress,
    request: estypes.SearchRequest,
  ): Promise<estypes.SearchResponse<ChunkDocument>> {
    const client = await this.connected();
    const index = indexOf(address);
    return client.search<ChunkDocument>({ index, ignore_unavailable: true, track_total_hits: false, ...request });
  }

  /** One bulk request. @returns the ids that are worth another try; adds to `existing` the offsets that were there. */
  private async tryCreate(documents: readonly ChunkDocument[], existing: number[]): Promise<Failures> {
    const client = await this.connected();
    const operations = documents.flatMap((document) => [
      { create: { _index: indexOf(document), _id: idOf(document, document.offset) } },
      document,
    ]);
    const failures: Failures = { ids: new Set(), reason: '' };
    try {
      const { items } = await client.bulk<ChunkDocument>({ operations }, { maxRetries: 0 });
      for (const [position, { create }] of items.entries()) {
        const document = documents[position];
        if (document === undefined || create === undefined || create.error === undefined) continue;
        if (create.status === CONFLICT) existing.push(document.offset);
        else this.noteFailure(failures, idOf(document, document.offset), create);
      }
    } catch (error) {
      if (error instanceof LogStoreUnavailable || !isPassing(statusOf(error))) throw error;
      for (const document of documents) failures.ids.add(idOf(document, document.offset));
      failures.reason = messageOf(error);
    }
    return failures;
  }

  private noteFailure(failures: Failures, id: string, { status, error }: estypes.BulkResponseItem): void {
    const reason = `${error?.type ?? 'unknown error'}: ${error?.reason ?? 'no reason given'}`;
    if (!isPassing(status)) throw new LogStoreUnavailable(`chunk ${id} was refused: ${reason}`);
    failures.ids.add(id);
    failures.reason = reason;
  }
}
