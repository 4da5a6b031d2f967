import { createRequire } from 'node:module';
import type { MockPattern } from '@elastic/elasticsearch-mock';
import type { ClientOptions } from './elasticsearch-client.js';
import type { ChunkDocument } from './elasticsearch-documents.js';

// The mock is CommonJS: it knows the errors and the connection of the client's CommonJS build, not those that `import` gives.
const required = createRequire(import.meta.url);
const Mock = required('@elastic/elasticsearch-mock') as typeof import('@elastic/elasticsearch-mock').default;
const { errors } = required('@elastic/elasticsearch') as typeof import('@elastic/elasticsearch');

type Stored = { document: ChunkDocument; visible: boolean };
type Filter = {
  term?: Record<string, unknown>;
  terms?: Record<string, readonly unknown[]>;
  range?: Record<string, Record<string, number>>;
  match_phrase?: { text: string };
  prefix?: { text: string };
};
type Sort = readonly Record<string, 'asc' | 'desc' | { order: 'asc' | 'desc' }>[];
type Search = {
  query: { bool: { filter: Filter[] } };
  sort: Sort;
  size: number;
  _source: (keyof ChunkDocument)[];
  search_after?: readonly (string | number)[];
  aggregations?: { bytes: { sum: { field: 'bytes' } } };
};
type Item = { status: number; error?: { type: string; reason: string } };

const COMPARE: Record<string, (value: number, limit: number) => boolean> = {
  gt: (value, limit) => value > limit,
  gte: (value, limit) => value >= limit,
  lte: (value, limit) => value <= limit,
};

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9:;]*m`, 'g');

/** The words that the template's analyzer makes of a text. */
const analyzed = (text: string): string[] =>
  text
    .replaceAll(COLOURS, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}_]+/u)
    .filter((word) => word !== '');

const hasPhrase = (text: string, phrase: string): boolean =>
  ` ${analyzed(text).join(' ')} `.includes(` ${analyzed(phrase).join(' ')} `);

const fits = (document: ChunkDocument, { term = {}, terms = {}, range = {}, ...words }: Filter): boolean =>
  Object.entries(term).every(([field, value]) => document[field as keyof ChunkDocument] === value) &&
  Object.entries(terms).every(([field, values]) => values.includes(document[field as keyof ChunkDocument])) &&
  (!words.match_phrase || hasPhrase(document.text, words.match_phrase.text)) &&
  (!words.prefix || analyzed(document.text).some((word) => word.startsWith(words.prefix?.text ?? ''))) &&
  Object.entries(range).every(([field, limits]) =>
    Object.entries(limits).every(([operator, limit]) =>
      COMPARE[operator]?.(document[field as keyof ChunkDocument] as number, limit),
    ),
  );

const only = (document: ChunkDocument, fields: readonly string[]): object =>
  Object.fromEntries(Object.entries(document).filter(([field]) => fields.includes(field)));

const asJson = <T>(value: unknown): T => JSON.parse(JSON.stringify(value)) as T;

/**
 * As much of Elasticsearch as the store asks for, behind the official mock: creating is refused for ids that exist, getting
 * sees what was written at once, searching only what was there at the last refresh. Other requests are answered 404.
 */
export class FakeElasticsearch {
  readonly requests: string[] = [];
  /** Asked for every document that is to be created: an answer other than undefined refuses it. */
  refuse: (document: ChunkDocument) => Item | undefined = () => undefined;
  /** Asked for every request: an error takes the place of its answer, once it was carried out. */
  interrupt: (path: string) => Error | undefined = () => undefined;

  private readonly indexes = new Map<string, Map<string, Stored>>();
  private readonly mock = new Mock();

  constructor() {
    this.on('PUT', '/_index_template/:name', () => ({ acknowledged: true }));
    this.on('GET', '/:index/_refresh', (_, index) => this.refresh(index));
    this.on('POST', '/_bulk', (body) => this.bulk(body as unknown as object[]));
    this.on('POST', '/:index/_mget', (body, index, query) => this.get(body as { ids: string[] }, index, query));
    this.on('POST', '/:index/_search', (body, index) => this.search(body as Search, index));
  }

  /** What makes a client talk to this. */
  get clientOptions(): ClientOptions {
    class Connection extends this.mock.getConnection() {
      override close(): Promise<void> {
        return Promise.resolve();
      }
    }
    return { Connection } as unknown as ClientOptions;
  }

  /** Documents as they are stored, to look at or to break. */
  documents(): ChunkDocument[] {
    return [...this.indexes.values()].flatMap((index) => [...index.values()].map(({ document }) => document));
  }

  indexNames(): string[] {
    return [...this.indexes.keys()];
  }

  private on(method: string, path: string, answer: (body: object, index: string, query: string) => object): void {
    this.mock.add({ method, path }, (request: MockPattern) => {
      const at = String(request.path);
      this.requests.push(`${method} ${at}`);
      const body = request.body ?? {};
      const done = answer(body, at.split('/')[1] ?? '', request.querystring?.['_source_includes'] ?? '');
      return this.interrupt(at) ?? done;
    });
  }

  private refresh(name: string): object {
    for (const stored of this.indexes.get(name)?.values() ?? []) stored.visible = true;
    return {};
  }

  private bulk(lines: object[]): object {
    const items: { create: Item }[] = [];
    for (let at = 0; at < lines.length; at += 2) {
      const { create } = lines[at] as { create: { _index: string; _id: string } };
      items.push({ create: this.create(create._index, create._id, asJson(lines[at + 1])) });
    }
    return { errors: items.some(({ create }) => create.error), items };
  }

  private create(name: string, id: string, document: ChunkDocument): Item {
    const index = this.indexes.get(name) ?? new Map<string, Stored>();
    if (index.has(id)) return { status: 409, error: { type: 'version_conflict_engine_exception', reason: id } };
    const refusal = this.refuse(document);
    if (refusal) return refusal;
    this.indexes.set(name, index.set(id, { document, visible: false }));
    return { status: 201 };
  }

  private get({ ids }: { ids: string[] }, name: string, query: string): object {
    const fields = query.split(',');
    return {
      docs: ids.map((_id) => {
        const stored = this.indexes.get(name)?.get(_id);
        return stored ? { _id, found: true, _source: only(stored.document, fields) } : { _id, found: false };
      }),
    };
  }

  private search({ query, sort, size, _source, search_after: after, aggregations }: Search, name: string): object {
    const keys = keysOf(sort);
    const found = this.visibleIn(name)
      .filter((document) => query.bool.filter.every((filter) => fits(document, filter)))
      .sort((a, b) => compare(keys, valuesOf(keys, a), valuesOf(keys, b)));
    const page = found.filter((one) => after === undefined || compare(keys, valuesOf(keys, one), after) > 0);
    const hits = page
      .slice(0, size)
      .map((document) => ({ _source: only(document, _source), sort: valuesOf(keys, document) }));
    const bytes = { value: found.reduce((sum, document) => sum + document.bytes, 0) };
    return { hits: { hits }, ...(aggregations ? { aggregations: { bytes } } : {}) };
  }

  /** A search over all indexes comes late enough to see everything: a server refreshes by itself every second. */
  private visibleIn(name: string): ChunkDocument[] {
    const all = name.includes('*');
    const indexes = all ? [...this.indexes.values()] : [this.indexes.get(name) ?? new Map<string, Stored>()];
    const stored = indexes.flatMap((index) => [...index.values()]);
    return stored.filter(({ visible }) => visible || all).map(({ document }) => document);
  }
}

type Keys = readonly (readonly [keyof ChunkDocument, 1 | -1])[];

const keysOf = (sort: Sort): Keys =>
  sort.flatMap((one) =>
    Object.entries(one).map(([field, how]) => {
      const order = typeof how === 'string' ? how : how.order;
      return [field as keyof ChunkDocument, order === 'asc' ? 1 : -1] as const;
    }),
  );

const valuesOf = (keys: Keys, document: ChunkDocument): (string | number)[] =>
  keys.map(([field]) => document[field] as string | number);

const compare = (keys: Keys, one: readonly (string | number)[], other: readonly (string | number)[]): number => {
  for (const [index, [, direction]] of keys.entries()) {
    const [a = '', b = ''] = [one[index], other[index]];
    if (a !== b) return a < b ? -direction : direction;
  }
  return 0;
};

/** An answer with an error status, as the client's transport makes it. */
export const answer = (statusCode: number, type: string): Error =>
  new errors.ResponseError({
    statusCode,
    body: { error: { type, reason: type } },
    headers: {},
    warnings: null,
    meta: {} as never,
  });

/** What a client gets when nobody listens. */
export const noConnection = (): Error => new errors.ConnectionError('connect ECONNREFUSED');
