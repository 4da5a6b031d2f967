import type { estypes } from '@elastic/elasticsearch';
import { UnusableQuery } from '#errors';
import type { LogAddress } from '#events';
import type { ElasticsearchClient } from './elasticsearch-client.js';
import { bytesOfDocument, type ChunkDocument } from './elasticsearch-documents.js';
import type { NumberedPiece } from './log-store.js';
import { decodePieces } from './piece-table.js';
import { findIn, type LogQuery, type LogTerm } from './search/log-query.js';
import type { LogHit, LogSearch, LogSearchPage } from './search/log-search.js';
import { shownHit } from './search/shown-hit.js';
import { wholeLines } from './search/whole-lines.js';

type Query = estypes.QueryDslQueryContainer;

/** Where to go on: in the first document after `sort` (null: of all), with the lines below `line`. */
type Place = Readonly<{ sort: estypes.SortResults | null; line: number }>;

const BATCH = 16; // documents asked for at once: a few MiB
const MOST_READ = 160;
const ABOVE_ALL = Number.MAX_SAFE_INTEGER;
const SORT = ['firstAt', 'buildId', 'jobId', 'attempt', 'step', 'offset'].map((field) => ({
  [field]: { order: 'desc' as const },
}));
const FIELDS = ['buildId', 'jobId', 'attempt', 'step', 'from', 'offset', 'bytes', 'firstAt', 'text', 'table', 'data'];

/** Where a term is in a chunk, or where it could be: a line of its own is looked at afterwards. */
const termQuery = ({ words, prefix }: LogTerm): Query[] => {
  const whole = prefix ? words.slice(0, -1) : words;
  const last = words.at(-1) ?? '';
  return [
    ...(whole.length > 0 ? [{ match_phrase: { text: whole.join(' ') } }] : []),
    ...(prefix ? [{ prefix: { text: last } }] : []),
  ];
};

export const searchQuery = ({ terms }: LogQuery, builds?: readonly string[]): Query => ({
  bool: { filter: [...terms.flatMap(termQuery), ...(builds ? [{ terms: { buildId: [...builds] } }] : [])] },
});

const encodePlace = (place: Place): string =>
  Buffer.from(JSON.stringify([place.sort, place.line])).toString('base64url');

const isKey = (key: unknown): boolean => typeof key === 'string' || Number.isSafeInteger(key);

const decodePlace = (after: string | undefined): Place => {
  if (after === undefined) return { sort: null, line: ABOVE_ALL };
  try {
    const [sort, line] = JSON.parse(Buffer.from(after, 'base64url').toString('utf8')) as [Place['sort'], number];
    const known = sort === null || (sort.length === SORT.length && sort.every(isKey));
    if (known && Number.isSafeInteger(line)) return { sort, line };
  } catch {
    // the same as one that is none by its content
  }
  throw new UnusableQuery('where to go on is not from an earlier answer');
};

async function* onlyOne(pieces: readonly NumberedPiece[]): AsyncGenerator<readonly NumberedPiece[]> {
  yield pieces;
}

/** The lines of a chunk that have what is looked for, the last one first. A line over two chunks is looked at in two parts. */
const hitsIn = async (document: ChunkDocument, query: LogQuery): Promise<LogHit[]> => {
  const { buildId, jobId, attempt, step } = document;
  const address: LogAddress = { buildId, jobId, attempt, step };
  const table = Buffer.from(document.table, 'base64');
  const start = { line: document.from, firstAt: document.firstAt };
  const pieces = decodePieces(table, bytesOfDocument(address, document), start, { from: 1, to: ABOVE_ALL });
  const hits: LogHit[] = [];
  for await (const { n, at, text } of wholeLines(onlyOne(pieces))) {
    const spans = findIn(query, text);
    if (spans) hits.push({ address, line: n, at, ...shownHit(text, spans) });
  }
  return hits.reverse();
};

/** Searches the documents of all logs, the newest first. @throws UnusableQuery */
export const searchDocuments = async (
  client: ElasticsearchClient,
  { query, builds, after, limit }: LogSearch,
): Promise<LogSearchPage> => {
  let { sort: previous, line: below } = decodePlace(after);
  let last: Place = { sort: previous, line: below };
  const hits: LogHit[] = [];
  for (let read = 0; read < MOST_READ; read += BATCH) {
    const documents = await client.find({
      query: searchQuery(query, builds),
      sort: SORT,
      size: BATCH,
      _source: FIELDS,
      ...(previous ? { search_after: previous } : {}),
    });
    for (const { _source, sort } of documents) {
      if (!_source || !sort) continue;
      for (const hit of await hitsIn(_source, query)) {
        if (hit.line >= below) continue;
        if (hits.length === limit) return { hits, after: encodePlace(last) };
        hits.push(hit);
        last = { sort: previous, line: hit.line };
      }
      [previous, below] = [sort, ABOVE_ALL];
    }
    if (documents.length < BATCH) return { hits };
  }
  return { hits, after: encodePlace({ sort: previous, line: ABOVE_ALL }) };
};
