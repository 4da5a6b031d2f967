import { CHAIN_START, chainOf, type LogChunk, type LogPiece } from '#events';
import type { StoredLog } from './log-store.js';
import { MAX_TIME, PieceTableWriter } from './piece-table.js';

/** A chunk as it is kept. `open`: its last piece has no newline. Times are milliseconds since 1970. */
export type EncodedChunk = Readonly<{
  from: number;
  offset: number;
  chain: string;
  data: Buffer;
  table: Buffer;
  pieces: number;
  newlines: number;
  open: boolean;
  firstAt: number;
  lastAt: number;
}>;

const NEWLINE = 10;
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const isTime = (value: number): boolean => isCount(value) && value < MAX_TIME;

/** No UTF-16 unit takes more than three bytes in UTF-8, no base64 digit more than one. */
const atMost = (piece: LogPiece): number => ('x' in piece ? piece.x.length * 3 : piece.b.length) + 1;

const malformation = (chunk: LogChunk): string | undefined => {
  if (!isCount(chunk.from) || chunk.from < 1) return 'its first line is not a line number';
  if (!isCount(chunk.offset) || !isCount(chunk.bytes)) return 'its offset or length is not a whole number';
  if (chunk.bytes === 0 || chunk.lines.length === 0) return 'it holds no bytes';
  if (!chunk.lines.every((piece) => isTime(piece.t))) return 'a piece has no valid time';
  if (chunk.bytes > chunk.lines.reduce((sum, piece) => sum + atMost(piece), 0))
    return 'it holds fewer bytes than it says';
  return undefined;
};

/** The chunk as bytes and table, or in words what is wrong with it. */
export const encodeChunk = (chunk: LogChunk): EncodedChunk | string => {
  const malformed = malformation(chunk);
  if (malformed !== undefined) return malformed;
  const { from, offset, chain, bytes, lines } = chunk;
  const firstAt = lines[0]?.t ?? 0;
  const data = Buffer.allocUnsafe(bytes);
  const table = new PieceTableWriter(lines.length, firstAt);
  let position = 0;
  let newlines = 0;
  for (const piece of lines) {
    const room = bytes - position;
    const content = 'x' in piece ? piece.x : Buffer.from(piece.b, 'base64');
    const fits = atMost(piece) <= room || Buffer.byteLength(content) + (piece.c ? 0 : 1) <= room;
    if (!fits) return 'it holds more bytes than it says';
    const length = typeof content === 'string' ? data.write(content, position, 'utf8') : content.copy(data, position);
    table.add(length, piece);
    position += length;
    if (piece.c) continue;
    data[position++] = NEWLINE;
    newlines += 1;
  }
  if (position < bytes) return 'it holds fewer bytes than it says';
  const last = lines.at(-1);
  return {
    from,
    offset,
    chain,
    data,
    table: table.finish(),
    pieces: lines.length,
    newlines,
    open: last?.c === 1,
    firstAt,
    lastAt: last?.t ?? firstAt,
  };
};

/** What keeps the chunk from being the next one after what is held; undefined when nothing does. */
export const gapBefore = (held: StoredLog, chunk: EncodedChunk): string | undefined => {
  if (chunk.offset > held.bytes) return `bytes ${held.bytes} to ${chunk.offset - 1} are missing`;
  if (chunk.offset < held.bytes) return 'it overlaps what is held';
  if (chunk.from !== held.lines + 1) return `its first line is ${chunk.from}, not ${held.lines + 1}`;
  if (chunk.chain !== chainOf(held.chain, chunk.data)) return 'its chain does not follow from the chain that is held';
  return undefined;
};

export const NOTHING_HELD: StoredLog = { lines: 0, bytes: 0, chain: CHAIN_START };

/** What is held once the chunk is. */
export const heldAfter = (chunk: EncodedChunk): StoredLog => ({
  lines: chunk.from - 1 + chunk.newlines,
  bytes: chunk.offset + chunk.data.length,
  chain: chunk.chain,
});

/** What a store says of a chunk that it should hold already. */
export const differenceFromHeld = (
  held: Readonly<{ bytes: number; chain: string }> | undefined,
  chunk: LogChunk,
): string | undefined => {
  if (held === undefined) return 'it begins within a chunk that is held';
  if (held.bytes !== chunk.bytes) return `the chunk held there has ${held.bytes} bytes, this one ${chunk.bytes}`;
  if (held.chain !== chunk.chain) return 'the chunk held there has another chain';
  return undefined;
};
