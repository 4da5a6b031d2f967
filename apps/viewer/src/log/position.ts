import type { LogPiece } from '#events';
import type { NumberedPiece } from '#log-store';

/**
 * Where a reader is in the log of a step: `offset`, the next byte; `line`, the line that it belongs to; `lineStart`, where
 * that line begins.
 */
export type Position = Readonly<{ offset: number; line: number; lineStart: number }>;

export const LOG_START: Position = { offset: 0, line: 1, lineStart: 0 };

/** A piece, and the byte after it. */
export type PlacedPiece = NumberedPiece & Readonly<{ end: number }>;

const lengthOf = (piece: LogPiece): number =>
  ('x' in piece ? Buffer.byteLength(piece.x, 'utf8') : Buffer.byteLength(piece.b, 'base64')) + (piece.c ? 0 : 1);

/**
 * Puts pieces, the first of which begins at byte `start`, behind what a reader has: what it has already is left out.
 * `end`: the byte after the last piece, new or not.
 */
export const place = (
  at: Position,
  start: number,
  pieces: readonly NumberedPiece[],
): Readonly<{ fresh: readonly PlacedPiece[]; at: Position; end: number }> => {
  const fresh: PlacedPiece[] = [];
  let { offset, line, lineStart } = at;
  let end = start;
  for (const { n, piece } of pieces) {
    end += lengthOf(piece);
    if (end <= offset) continue;
    fresh.push({ n, piece, end });
    offset = end;
    line = piece.c ? n : n + 1;
    if (!piece.c) lineStart = end;
  }
  return { fresh, at: { offset, line, lineStart }, end };
};

/** The pieces of a chunk with their line numbers. */
export const numbered = (from: number, pieces: readonly LogPiece[]): NumberedPiece[] => {
  let n = from;
  return pieces.map((piece) => ({ n: piece.c ? n : n++, piece }));
};

const NEWLINE = 10;

/**
 * The beginning of the line that byte `offset` is in, or of line `line`, whichever comes first; where the bytes end
 * before, the beginning of their last line.
 */
export const findLine = async (
  bytes: AsyncIterable<Buffer>,
  target: Readonly<{ offset?: number; line?: number }>,
): Promise<Position> => {
  const { offset = Infinity, line: wanted = Infinity } = target;
  let line = 1;
  let lineStart = 0;
  let begin = 0;
  for await (const buffer of bytes) {
    for (let at = buffer.indexOf(NEWLINE); at !== -1; at = buffer.indexOf(NEWLINE, at + 1)) {
      if (line >= wanted || begin + at + 1 > offset) return { offset: lineStart, line, lineStart };
      line += 1;
      lineStart = begin + at + 1;
    }
    begin += buffer.length;
    if (begin > offset) break;
  }
  return { offset: lineStart, line, lineStart };
};
