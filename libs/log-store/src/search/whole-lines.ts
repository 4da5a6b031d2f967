import type { LogPiece } from '#events';
import { shownText } from '#log-lines';
import type { NumberedPiece } from '../log-store.js';
import { SEARCHED_LINE_BYTES } from './log-search.js';

/** A line as a terminal shows it. `open`: no newline ends it yet. `at`: time of its first piece. */
export type WholeLine = Readonly<{ n: number; at: number; text: string; open: boolean }>;

const bytesOf = (piece: LogPiece): Buffer => ('x' in piece ? Buffer.from(piece.x) : Buffer.from(piece.b, 'base64'));

/** The lines that pieces make, each once it is whole, and an open one in the end; of long ones the beginning. */
export async function* wholeLines(blocks: AsyncIterable<readonly NumberedPiece[]>): AsyncGenerator<WholeLine> {
  let line: { n: number; at: number; parts: Buffer[]; bytes: number } | undefined;
  const finish = ({ n, at, parts }: NonNullable<typeof line>, open: boolean): WholeLine => ({
    n,
    at,
    text: shownText(Buffer.concat(parts).toString('utf8')),
    open,
  });
  for await (const pieces of blocks)
    for (const { n, piece } of pieces) {
      if (line === undefined && piece.c === undefined && 'x' in piece && piece.x.length <= SEARCHED_LINE_BYTES) {
        yield { n, at: piece.t, text: shownText(piece.x), open: false };
        continue;
      }
      line ??= { n, at: piece.t, parts: [], bytes: 0 };
      if (line.bytes < SEARCHED_LINE_BYTES) {
        const part = bytesOf(piece).subarray(0, SEARCHED_LINE_BYTES - line.bytes);
        line.parts.push(part);
        line.bytes += part.length;
      }
      if (piece.c) continue;
      yield finish(line, false);
      line = undefined;
    }
  if (line) yield finish(line, true);
}
