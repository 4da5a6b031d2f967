import { bytesOfChunk, chainOf, type LogChunk, type LogPiece } from '#events';
import { type LogPosition, resumeAfter } from './log-position.js';

/** A chunk of the usual size, in bytes of output. */
export const CHUNK_BYTES = 64 * 1024;
/** A chunk while publishing is behind. */
export const MAX_CHUNK_BYTES = 256 * 1024;
/** A chunk as JSON, in bytes: what is larger than 512 KiB would be kept elsewhere, with only a reference in the stream. */
export const MAX_CHUNK_JSON = 500 * 1024;

/** `{"t":1700000000000,"c":1,"x":},` and some reserve. */
const PIECE_JSON = 40;
/** `{"from":…,"offset":…,"bytes":…,"chain":"…","lines":[]}` at the largest numbers there are. */
const CHUNK_JSON = 256;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const ESCAPED = /[\x00-\x1f"\\]/;

const textBytes = (piece: LogPiece): number =>
  'x' in piece ? Buffer.byteLength(piece.x) : Buffer.byteLength(piece.b, 'base64');

const jsonBytes = (piece: LogPiece, bytes: number): number => {
  if ('b' in piece) return PIECE_JSON + piece.b.length + 2;
  return PIECE_JSON + (ESCAPED.test(piece.x) ? Buffer.byteLength(JSON.stringify(piece.x)) : bytes + 2);
};

const bytesOf = (lines: readonly LogPiece[]): Buffer => {
  const texts: string[] = [];
  for (const piece of lines) {
    if (!('x' in piece) || piece.c) return bytesOfChunk({ from: 1, offset: 0, bytes: 0, chain: '', lines });
    texts.push(piece.x);
  }
  return Buffer.from(`${texts.join('\n')}\n`);
};

/** Puts pieces together to chunks, and keeps count of lines, bytes and hash. Pure: when to take one is for others to say. */
export class Chunker {
  #pieces: LogPiece[] = [];
  #sizes: { bytes: number; json: number }[] = [];
  #bytes = 0;
  #json = CHUNK_JSON;

  constructor(private at: LogPosition) {}

  /** Where the chunks taken so far end. */
  get position(): LogPosition {
    return this.at;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** There is a chunk of the usual size. */
  get hasChunk(): boolean {
    return this.#bytes >= CHUNK_BYTES || this.#json >= MAX_CHUNK_JSON;
  }

  /** There is as much as one chunk can hold: no more should be added. */
  get isFull(): boolean {
    return this.#bytes >= MAX_CHUNK_BYTES || this.#json >= MAX_CHUNK_JSON;
  }

  add(pieces: readonly LogPiece[]): void {
    for (const piece of pieces) {
      const text = textBytes(piece);
      const size = { bytes: piece.c ? text : text + 1, json: jsonBytes(piece, text) };
      this.#pieces.push(piece);
      this.#sizes.push(size);
      this.#bytes += size.bytes;
      this.#json += size.json;
    }
  }

  /** When the oldest piece was read. */
  get since(): number | undefined {
    return this.#pieces[0]?.t;
  }

  /** The next chunk, of at most `maxBytes` of output but at least one piece; undefined when there is nothing. */
  take(maxBytes: number): LogChunk | undefined {
    if (this.isEmpty) return undefined;
    let [count, bytes, json] = [0, 0, CHUNK_JSON];
    for (const size of this.#sizes) {
      const fits = bytes + size.bytes <= maxBytes && json + size.json <= MAX_CHUNK_JSON;
      if (count > 0 && !fits) break;
      count++;
      bytes += size.bytes;
      json += size.json;
    }
    const lines = this.#pieces.splice(0, count);
    this.#sizes.splice(0, count);
    this.#bytes -= bytes;
    this.#json -= json - CHUNK_JSON;
    const { line, bytes: offset, chain } = this.at;
    const chunk = { from: line, offset, bytes, chain: chainOf(chain, bytesOf(lines)), lines };
    this.at = resumeAfter(chunk);
    return chunk;
  }
}
