import { isUtf8 } from 'node:buffer';
import type { LogPiece } from '#events';
import { characterBoundary } from './utf8.js';

const NEWLINE = 0x0a;
/** Longer lines come in several pieces. In bytes, without the newline. */
export const MAX_PIECE = 64 * 1024;
/** From here on it is worth a look whether base64 is the smaller form. */
const LARGE = 4 * 1024;
const NOTHING = Buffer.alloc(0);

/** Text with many control characters becomes up to six times as long in JSON, base64 a third longer. */
const isSmallerAsBase64 = (text: string, bytes: number): boolean =>
  bytes > LARGE && Buffer.byteLength(JSON.stringify(text)) > Math.ceil(bytes / 3) * 4 + 2;

const pieceOf = (bytes: Buffer, t: number, open: boolean): LogPiece => {
  const text = isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  const content =
    text === undefined || isSmallerAsBase64(text, bytes.length) ? { b: bytes.toString('base64') } : { x: text };
  return open ? { t, ...content, c: 1 } : { t, ...content };
};

/**
 * Cuts a stream of bytes into pieces whose bytes, one after the other, are exactly the stream. Lines end at `\n` only.
 * How the stream was cut into reads shows in no piece, but in those that `flush` makes. Holds less than 64 KiB and a read.
 */
export class LineSplitter {
  /** The line that has no end yet: reads that are not put together before they have to be. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #heldAt = 0;
  #heldSince = 0;

  /** When the first of the bytes that wait for the rest of their line was read; undefined when none do. */
  get since(): number | undefined {
    return this.#heldBytes > 0 ? this.#heldSince : undefined;
  }

  /** @param t when the bytes were read. @returns the lines that they complete, and what they push over the limit */
  push(bytes: Buffer, t: number): LogPiece[] {
    const pieces: LogPiece[] = [];
    const first = bytes.indexOf(NEWLINE);
    if (first < 0) {
      this.hold(bytes, t);
      this.cutLong(pieces, t);
      return pieces;
    }
    this.hold(bytes.subarray(0, first), t);
    this.cutLong(pieces, t);
    pieces.push(pieceOf(this.release(), t, false));

    const last = bytes.lastIndexOf(NEWLINE);
    if (last > first) this.splitLines(bytes.subarray(first + 1, last), t, pieces);
    this.hold(bytes.subarray(last + 1), t);
    this.cutLong(pieces, t);
    return pieces;
  }

  /** Gives out the unfinished line as far as it goes, but for a character of which bytes are missing. */
  flush(): LogPiece[] {
    const t = this.#heldAt;
    const bytes = this.release();
    const end = characterBoundary(bytes, bytes.length);
    this.hold(bytes.subarray(end), t);
    return end > 0 ? [pieceOf(bytes.subarray(0, end), t, true)] : [];
  }

  /** Gives out all that is left: the stream has ended. */
  end(): LogPiece[] {
    return this.#heldBytes > 0 ? [pieceOf(this.release(), this.#heldAt, true)] : [];
  }

  /** `bytes` are whole lines without the last newline: usually valid and short, then decoded in one go. */
  private splitLines(bytes: Buffer, t: number, pieces: LogPiece[]): void {
    if (!isUtf8(bytes)) return this.splitEach(bytes, t, pieces);
    for (const x of bytes.toString('utf8').split('\n')) {
      if (x.length < LARGE) pieces.push({ t, x });
      else this.splitEach(Buffer.from(x), t, pieces);
    }
  }

  private splitEach(bytes: Buffer, t: number, pieces: LogPiece[]): void {
    for (let start = 0, end = 0; end < bytes.length || start === 0; start = end + 1) {
      end = bytes.indexOf(NEWLINE, start);
      if (end < 0) end = bytes.length;
      this.hold(bytes.subarray(start, end), t);
      this.cutLong(pieces, t);
      pieces.push(pieceOf(this.release(), t, false));
    }
  }

  private cutLong(pieces: LogPiece[], t: number): void {
    if (this.#heldBytes <= MAX_PIECE) return;
    let bytes = this.release();
    while (bytes.length > MAX_PIECE) {
      const end = characterBoundary(bytes, MAX_PIECE);
      pieces.push(pieceOf(bytes.subarray(0, end), t, true));
      bytes = bytes.subarray(end);
    }
    this.hold(bytes, t);
  }

  private hold(bytes: Buffer, t: number): void {
    if (bytes.length === 0) return;
    this.#held.push(bytes);
    if (this.#heldBytes === 0) this.#heldSince = t;
    this.#heldBytes += bytes.length;
    this.#heldAt = t;
  }

  private release(): Buffer {
    const [first = NOTHING, ...rest] = this.#held;
    const bytes = rest.length > 0 ? Buffer.concat(this.#held) : first;
    this.#held = [];
    this.#heldBytes = 0;
    return bytes;
  }
}
