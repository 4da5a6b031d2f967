import { isUtf8 } from 'node:buffer';
import type { estypes } from '@elastic/elasticsearch';
import { LogStoreUnavailable } from '#errors';
import type { LogAddress } from '#events';
import type { EncodedChunk } from './encoded-chunk.js';

/**
 * One chunk. `from` and `last`: the first and last line that it holds a piece of. `lines`: its newlines. `end`: the offset
 * after it. `text`: what is searched, the bytes as UTF-8. `table`: its pieces, see `piece-table.ts`, in base64. `data`: its
 * bytes in base64, only where `text` is not exactly them.
 */
export type ChunkDocument = LogAddress &
  Readonly<{
    from: number;
    last: number;
    lines: number;
    offset: number;
    end: number;
    bytes: number;
    chain: string;
    firstAt: number;
    lastAt: number;
    text: string;
    table: string;
    data?: string;
  }>;

const TEMPLATE = 'cairn-logs';
const BUCKET_DIGITS = 5; // of the nine digits of the sequence in a build's id: 1.7 million events share an index

/** The index of a build, told by its id alone: a replay finds what it wrote, and old indexes can be dropped whole. */
export const indexOf = ({ buildId }: LogAddress): string => `${TEMPLATE}-${buildId.slice(0, BUCKET_DIGITS)}`;

export const idOf = ({ buildId, jobId, attempt, step }: LogAddress, offset: number): string =>
  `${buildId}/${jobId}/${attempt}/${step}/${offset}`;

const kept = { type: 'keyword', index: false, doc_values: false } as const;

/** Words as the rest of Cairn knows them: letters, digits, underscores, without the colours about them. */
const ANALYSIS: estypes.IndicesIndexSettingsAnalysis = {
  char_filter: { colours: { type: 'pattern_replace', pattern: '\\u001b\\[[0-9:;]*m', replacement: '' } },
  tokenizer: { words: { type: 'pattern', pattern: '[^\\p{L}\\p{N}_]+' } },
  analyzer: { log: { type: 'custom', char_filter: ['colours'], tokenizer: 'words', filter: ['lowercase'] } },
};

export const INDEX_TEMPLATE: estypes.IndicesPutIndexTemplateRequest = {
  name: TEMPLATE,
  index_patterns: [`${TEMPLATE}-*`],
  priority: 200,
  version: 2,
  template: {
    settings: {
      number_of_shards: 1,
      auto_expand_replicas: '0-1',
      codec: 'best_compression',
      analysis: ANALYSIS,
    },
    mappings: {
      dynamic: false,
      properties: {
        buildId: { type: 'keyword' },
        jobId: { type: 'keyword' },
        attempt: { type: 'integer' },
        step: { type: 'integer' },
        from: { type: 'long' },
        last: { type: 'long' },
        lines: { type: 'integer' },
        offset: { type: 'long' },
        end: { type: 'long' },
        bytes: { type: 'integer' },
        chain: kept,
        firstAt: { type: 'date', format: 'epoch_millis' },
        lastAt: { type: 'date', format: 'epoch_millis' },
        text: { type: 'text', analyzer: 'log', index_options: 'positions', norms: false },
        table: { type: 'binary' },
        data: { type: 'binary' },
      },
    },
  },
};

export const documentOf = (address: LogAddress, chunk: EncodedChunk): ChunkDocument => ({
  buildId: address.buildId,
  jobId: address.jobId,
  attempt: address.attempt,
  step: address.step,
  from: chunk.from,
  last: chunk.from + chunk.newlines - (chunk.open ? 0 : 1),
  lines: chunk.newlines,
  offset: chunk.offset,
  end: chunk.offset + chunk.data.length,
  bytes: chunk.data.length,
  chain: chunk.chain,
  firstAt: chunk.firstAt,
  lastAt: chunk.lastAt,
  text: chunk.data.toString('utf8'),
  table: chunk.table.toString('base64'),
  ...(isUtf8(chunk.data) ? {} : { data: chunk.data.toString('base64') }),
});

/** The chunk's bytes. @throws LogStoreUnavailable when the document does not hold as many as it says. */
export const bytesOfDocument = (
  address: LogAddress,
  { text, data, bytes, offset }: Pick<ChunkDocument, 'text' | 'data' | 'bytes' | 'offset'>,
): Buffer => {
  const held = data === undefined ? Buffer.from(text, 'utf8') : Buffer.from(data, 'base64');
  if (held.length === bytes) return held;
  throw new LogStoreUnavailable(`document ${idOf(address, offset)} holds ${held.length} bytes instead of ${bytes}`);
};

/** The chunks of a step, or those of them that `range` is true for. */
export const chunksQuery = (
  { buildId, jobId, attempt, step }: LogAddress,
  ranges: readonly estypes.QueryDslQueryContainer[] = [],
): estypes.QueryDslQueryContainer => ({
  bool: { filter: [{ term: { buildId } }, { term: { jobId } }, { term: { attempt } }, { term: { step } }, ...ranges] },
});
