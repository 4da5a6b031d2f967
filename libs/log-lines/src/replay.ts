import { tokensOf } from './escapes.js';
import { applySgr, PLAIN, type Style } from './style.js';

export type Cell = Readonly<{ text: string; style: Style }>;
const BLANK: Cell = { text: ' ', style: PLAIN };

/**
 * One row of a terminal. What was erased or skipped is a hole until the end, so that erasing again and again, or
 * writing far from the beginning, costs no more than the characters that were written.
 */
class Row {
  private readonly cells: Cell[] = [];
  private column = 0;
  /** Before this column everything is blank. */
  private blank = 0;

  write(text: string, style: Style): void {
    for (const character of text) {
      this.blank = Math.min(this.blank, this.column);
      this.cells[this.column] = { text: character, style };
      this.column += 1;
    }
  }

  toStart(): void {
    this.column = 0;
  }

  back(): void {
    this.column = Math.max(0, this.column - 1);
  }

  erase(mode: number): void {
    const { cells, column } = this;
    if (mode === 2) cells.length = 0;
    else if (mode === 1) {
      for (let at = this.blank; at <= column && at < cells.length; at += 1) cells[at] = BLANK;
      this.blank = column + 1;
    } else cells.length = Math.min(cells.length, column);
  }

  *shown(): Generator<Cell> {
    for (let at = 0; at < this.cells.length; at += 1) yield this.cells[at] ?? BLANK;
  }
}

/** Plays a line that moves backwards on a row of cells, as a terminal does. */
export const replay = (text: string, before: Style): Iterable<Cell> => {
  const row = new Row();
  let style = before;
  for (const token of tokensOf(text)) {
    if (token.kind === 'text') row.write(token.text, style);
    else if (token.kind === 'sgr') style = applySgr(style, token.parameters);
    else if (token.kind === 'erase') row.erase(token.mode);
    else if (token.kind === 'return') row.toStart();
    else row.back();
  }
  return row.shown();
};
