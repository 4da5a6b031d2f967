import { sha256 } from './event.js';

/**
 * A piece of output. `t`: milliseconds since 1970 when it was read. The text is `x`, or `b` in base64 where the bytes
 * are not UTF-8, or where long text full of control characters is shorter so. A newline follows, unless `c` is 1: then the line continues in the next piece, or ends without one.
 */
export type LogPiece = Readonly<{ t: number; c?: 1 } & ({ x: string } | { b: string })>;

/**
 * What one message in `LOGS` holds. `from`: number of the first line, from 1; a chunk that begins within a line has that
 * line's number. `offset`: its first byte in the step's output. `bytes`: how many it holds. `chain`: hash over this chunk
 * and the one before, see `chainOf`.
 */
export type LogChunk = Readonly<{
  from: number;
  offset: number;
  bytes: number;
  chain: string;
  lines: readonly LogPiece[];
}>;

/** The chain before the first chunk. */
export const CHAIN_START = '';

/** The running hash: SHA-256 over the chain before and the chunk's bytes. */
export const chainOf = (before: string, bytes: Uint8Array): string =>
  sha256(Buffer.concat([Buffer.from(`${before}\n`), bytes]));

const NEWLINE = Buffer.from('\n');
const NOTHING = Buffer.alloc(0);

/** The bytes of a piece, with its newline. */
export const bytesOfPiece = (piece: LogPiece): Buffer =>
  Buffer.concat([
    'x' in piece ? Buffer.from(piece.x, 'utf8') : Buffer.from(piece.b, 'base64'),
    piece.c ? NOTHING : NEWLINE,
  ]);

/** The step's output, exactly as it was written. */
export const bytesOfChunk = (chunk: LogChunk): Buffer => Buffer.concat(chunk.lines.map(bytesOfPiece));

/** How many lines end in these pieces. */
export const newlinesOf = (pieces: readonly LogPiece[]): number =>
  pieces.reduce((count, piece) => count + (piece.c ? 0 : 1), 0);
