import type { LogPiece } from '#events';
import type { LineRange, NumberedPiece } from './log-store.js';

/**
 * The pieces of a chunk without their bytes, for good on disk and in documents. For each piece two variable-length
 * numbers (7 bits a byte, lowest first, the high bit says that more follow): its length without the newline × 4, plus 2
 * for base64, plus 1 where no newline follows; and its time less the time of the piece before (for the first: less the
 * chunk's first time), zigzag.
 */
const CONTINUES = 1;
const BASE64 = 2;

/** Times beyond this (the year 73000) would lose digits in a zigzag difference. */
export const MAX_TIME = 2 ** 51;

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

/** Collects the entries of one table; a number takes at most 8 bytes. */
export class PieceTableWriter {
  private readonly buffer: Buffer;
  private at = 0;
  private last: number;

  constructor(pieces: number, firstAt: number) {
    this.buffer = Buffer.allocUnsafe(pieces * 16);
    this.last = firstAt;
  }

  add(length: number, piece: LogPiece): void {
    this.number(length * 4 + ('b' in piece ? BASE64 : 0) + (piece.c ? CONTINUES : 0));
    this.number(zigzag(piece.t - this.last));
    this.last = piece.t;
  }

  finish(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  private number(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.buffer[this.at++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.at++] = rest;
  }
}

/** Where a chunk's table and bytes meet: the pieces that belong to lines `from` to `to`. `line`: the chunk's first. */
export const decodePieces = (
  table: Buffer,
  data: Buffer,
  { line, firstAt }: Readonly<{ line: number; firstAt: number }>,
  { from, to }: LineRange,
): NumberedPiece[] => {
  const pieces: NumberedPiece[] = [];
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = table[at++] ?? 0;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  let n = line;
  let t = firstAt;
  let position = 0;
  while (at < table.length && n <= to) {
    const head = number();
    t += unzigzag(number());
    const end = position + Math.floor(head / 4);
    const continues = head % 2 === CONTINUES;
    if (n >= from) {
      const content =
        head % 4 >= BASE64
          ? { b: data.toString('base64', position, end) }
          : { x: data.toString('utf8', position, end) };
      pieces.push({ n, piece: continues ? { t, c: 1, ...content } : { t, ...content } });
    }
    position = continues ? end : end + 1;
    if (!continues) n += 1;
  }
  return pieces;
};
