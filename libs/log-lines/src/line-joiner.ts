/** A piece of a line as the log path carries it. `c`: the line goes on in the next piece, or ends without a newline. */
export type LinePiece = Readonly<{ n: number; t: number; x: string; c?: 1 }>;
export type JoinedLine = Readonly<{ n: number; t: number; text: string }>;

/** What is beyond is let go: a line of megabytes is understood by its beginning. */
export const LONGEST_JOINED = 16_384;

/** Puts the lines of one step together from pieces in order, wherever they were cut. Memory is bounded. */
export class LineJoiner {
  private open: { n: number; t: number; text: string } | undefined;

  /** The line that ends with this piece, if one does. */
  add({ n, t, x, c }: LinePiece): JoinedLine | undefined {
    const before = this.open?.n === n ? this.open.text : '';
    const text = before.length >= LONGEST_JOINED ? before : (before + x).slice(0, LONGEST_JOINED);
    this.open = c === 1 ? { n, t, text } : undefined;
    return c === 1 ? undefined : { n, t, text };
  }

  /** The line at the end that has no newline, if there is one. */
  end(): JoinedLine | undefined {
    const last = this.open;
    this.open = undefined;
    return last;
  }
}
