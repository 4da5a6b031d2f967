import { isUtf8 } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { bytesOfChunk, CHAIN_START, chainOf, newlinesOf, type LogAddress, type LogChunk, type LogPiece } from '#events';

export const anAddress = (change: Partial<LogAddress> = {}): LogAddress => ({
  buildId: '00000000a0123456789ab',
  jobId: 'test--0a1b2c3d',
  attempt: 1,
  step: 1,
  ...change,
});

/** Chains the pieces: one chunk for each group, the first after `before`. */
export const chunksOf = (groups: readonly (readonly LogPiece[])[], before?: readonly LogChunk[]): LogChunk[] => {
  const last = before?.at(-1);
  let from = last ? last.from + newlinesOf(last.lines) : 1;
  let offset = last ? last.offset + last.bytes : 0;
  let chain = last?.chain ?? CHAIN_START;
  return groups.map((lines) => {
    const bytes = bytesOfChunk({ from, offset, bytes: 0, chain, lines });
    chain = chainOf(chain, bytes);
    const chunk = { from, offset, bytes: bytes.length, chain, lines };
    from += newlinesOf(lines);
    offset += bytes.length;
    return chunk;
  });
};

const START = 1_780_000_000_000;

/** Any bytes as pieces of at most `longest` bytes; those that are not UTF-8 in base64. */
export const piecesOf = (
  bytes: Buffer,
  longest = 1 << 16,
  timeOf = (index: number): number => START + index,
): LogPiece[] => {
  const pieces: LogPiece[] = [];
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(10, at);
    const lineEnd = newline === -1 ? bytes.length : newline;
    const end = Math.min(lineEnd, at + longest);
    const content = bytes.subarray(at, end);
    const text = isUtf8(content) ? { x: content.toString() } : { b: content.toString('base64') };
    const ended = end === newline;
    pieces.push({ t: timeOf(pieces.length), ...text, ...(ended ? {} : { c: 1 as const }) });
    at = ended ? end + 1 : end;
  }
  return pieces;
};

/** `items` in groups of the given sizes, taken in turn. */
export const groupsOf = <T>(items: readonly T[], sizes: readonly number[]): T[][] => {
  const groups: T[][] = [];
  for (let at = 0; at < items.length;) {
    const size = sizes[groups.length % sizes.length] ?? 1;
    groups.push(items.slice(at, at + size));
    at += size;
  }
  return groups;
};

/** A log of short lines, as chunks of `perChunk` lines each. */
export const aLog = (lines: number, perChunk: number): LogChunk[] =>
  chunksOf(
    groupsOf(
      Array.from({ length: lines }, (_, index) => ({ t: START + index * 3, x: `line ${index + 1}` })),
      [perChunk],
    ),
  );

export const bytesOf = (chunks: readonly LogChunk[]): Buffer => Buffer.concat(chunks.map(bytesOfChunk));

/** A record of a step's index as another version would leave it: with a true checksum. */
export const withVersion = (record: Buffer, version: number): Buffer => {
  const changed = Buffer.from(record);
  changed[0] = version;
  changed.writeUInt32LE(crc32(changed.subarray(0, 4), crc32(changed.subarray(8))), 4);
  return changed;
};
