import type { Diagnostic } from '#events';
import { LineCounter } from 'yaml';

const MAX_ERRORS = 100;
const MAX_WARNINGS = 20;

/** Collects what is wrong with one text. Places are offsets in it; the same fault at the same place counts once. */
export class Findings {
  private readonly lines = new LineCounter();
  private readonly found = new Map<string, Diagnostic>();
  private errors = 0;
  private warnings = 0;

  constructor(private readonly text: string) {
    this.lines.addNewLine(0);
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) this.lines.addNewLine(end + 1);
  }

  error(offset: number, message: string): void {
    if (this.errors <= MAX_ERRORS && this.add('error', offset, message)) this.errors++;
  }

  warning(offset: number, message: string): void {
    if (this.warnings < MAX_WARNINGS && this.add('warning', offset, message)) this.warnings++;
  }

  get failed(): boolean {
    return this.errors > 0;
  }

  /** Further errors would not be shown: looking for more is a waste. */
  get full(): boolean {
    return this.errors > MAX_ERRORS;
  }

  /** In the order of the file. */
  sorted(): Diagnostic[] {
    const sorted = [...this.found.values()].sort((a, b) => a.line - b.line || a.column - b.column);
    const last = sorted.at(-1);
    if (!this.full || !last) return sorted;
    const message = `there are more errors; only ${MAX_ERRORS} are shown`;
    return [...sorted.slice(0, -1), { ...last, severity: 'error', message }];
  }

  private add(severity: Diagnostic['severity'], offset: number, message: string): boolean {
    const { line, col: column } = this.lines.linePos(Math.min(Math.max(0, offset), this.text.length));
    const key = `${line}:${column}:${message}`;
    if (this.found.has(key)) return false;
    this.found.set(key, { severity, message, line, column });
    return true;
  }
}
