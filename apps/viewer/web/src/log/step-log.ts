import { type Style, styleAfter } from '#log-lines';

/** A piece of a line, as the API sends it. `c`: the line goes on in the next piece, or ends without a newline. */
export type Piece = Readonly<{ n: number; t: number; x: string; c?: 1 }>;

/** A line: its number, when its last piece was read, its text with control sequences, how it begins to look. */
export type LogLine = { readonly n: number; t: number; text: string; style: Style };
/** Lines `n` to `n + missing - 1` were not delivered. */
export type LogGap = Readonly<{ n: number; missing: number }>;
export type LogRow = LogLine | LogGap;

export const isGap = (row: LogRow): row is LogGap => 'missing' in row;

/** A progress bar may rewrite a line for hours: what was overwritten is let go beyond this many characters. */
const REWRITTEN_MAX = 16_384;

/** The lines of one step, put together from pieces in order. Lines that were there already are ignored. */
export class StepLog {
  readonly rows: LogRow[] = [];
  /** Whether the last line may still grow. */
  open = false;
  missing = 0;
  private gaps = 0;
  /** The number of the next piece's line. */
  private next = 1;

  constructor(private style: Style) {}

  /** How many lines there are, the unfinished one included. */
  get lines(): number {
    return this.rows.length - this.gaps;
  }

  add(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      if (piece.n < this.next) continue;
      if (piece.n > this.next) this.skipTo(piece.n);
      const line = this.lineOf(piece);
      this.open = piece.c === 1;
      if (this.open) continue;
      this.style = styleAfter(line.text, this.style);
      this.next += 1;
    }
  }

  rewind(): void {
    if (this.open) this.rows.pop();
    this.open = false;
  }

  /** The row of a line; undefined while it has not come. A line that is missing is found in its gap. */
  indexOf(line: number): number | undefined {
    let low = 0;
    let high = this.rows.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const row = this.rows[middle];
      if (!row) return undefined;
      const last = isGap(row) ? row.n + row.missing - 1 : row.n;
      if (line < row.n) high = middle - 1;
      else if (line > last) low = middle + 1;
      else return middle;
    }
    return undefined;
  }

  private skipTo(n: number): void {
    const from = this.open ? this.next + 1 : this.next;
    this.open = false;
    if (n > from) {
      this.rows.push({ n: from, missing: n - from });
      this.missing += n - from;
      this.gaps += 1;
    }
    this.next = n;
  }

  private lineOf(piece: Piece): LogLine {
    const last = this.open ? this.rows.at(-1) : undefined;
    if (!last || isGap(last)) {
      const line: LogLine = { n: piece.n, t: piece.t, text: piece.x, style: this.style };
      this.rows.push(line);
      return line;
    }
    last.t = piece.t;
    last.text = this.shorten(last, last.text + piece.x);
    return last;
  }

  private shorten(line: LogLine, text: string): string {
    if (text.length <= REWRITTEN_MAX) return text;
    const cut = text.lastIndexOf('\r', text.lastIndexOf('\r') - 1);
    if (cut <= 0) return text;
    line.style = styleAfter(text.slice(0, cut), line.style);
    return text.slice(cut);
  }
}
