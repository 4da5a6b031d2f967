import type { Diagnostic } from '#events';
import { LineCounter, type Node } from 'yaml';
import type { SpecCode } from './codes.js';

const MAX_ERRORS = 100;
const MAX_WARNINGS = 20;

/** A piece of the file: offsets of its first character and of the one after its last. */
export type Span = Readonly<{ start: number; end: number }>;
/** As in `Diagnostic`. */
export type Place = Required<Pick<Diagnostic, 'line' | 'column' | 'endLine' | 'endColumn'>>;

type Words = Readonly<{ code: string; message: string; suggestion?: string }>;

export const spanOf = (node: Node): Span => {
  const [start, end] = node.range ?? [0, 0, 0];
  return { start, end };
};

/** A place of no length. */
export const spotAt = (offset: number): Span => ({ start: offset, end: offset });

/** Collects what is wrong with one text. The same fault at the same place counts once. */
export class Findings {
  private readonly lines = new LineCounter();
  private readonly found = new Map<string, Diagnostic>();
  private errors = 0;
  private warnings = 0;

  constructor(private readonly text: string) {
    this.lines.addNewLine(0);
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) this.lines.addNewLine(end + 1);
  }

  error(code: SpecCode, span: Span, message: string, suggestion?: string): void {
    this.report(`CAIRN_SPEC_${code}`, span, message, suggestion);
  }

  errorAt(code: SpecCode, place: Place, message: string): void {
    this.addError(place, { code: `CAIRN_SPEC_${code}`, message });
  }

  /** An error whose code is another's. */
  report(code: `CAIRN_SPEC_${string}`, span: Span, message: string, suggestion?: string): void {
    this.addError(this.placeOf(span), { code, message, suggestion });
  }

  warning(code: SpecCode, span: Span, message: string, suggestion?: string): void {
    this.warningAt(code, this.placeOf(span), message, suggestion);
  }

  warningAt(code: SpecCode, place: Place, message: string, suggestion?: string): void {
    if (this.warnings >= MAX_WARNINGS) return;
    if (this.add('warning', place, { code: `CAIRN_SPEC_${code}`, message, suggestion })) this.warnings++;
  }

  /** How many errors there are so far. */
  get count(): number {
    return this.errors;
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
    const { line, column, endLine, endColumn } = last;
    const message = `there are more errors; only ${MAX_ERRORS} are shown`;
    const more: Diagnostic = { severity: 'error', code: 'CAIRN_SPEC_MORE_ERRORS', message, line, column };
    return [...sorted.slice(0, -1), { ...more, endLine, endColumn }];
  }

  /** The end is on the line of the beginning, without spaces behind: what goes on below is not marked. */
  placeOf({ start, end }: Span): Place {
    const from = Math.min(Math.max(0, start), this.text.length);
    const newLine = this.text.indexOf('\n', from);
    let to = Math.min(Math.max(from, end), newLine < 0 ? this.text.length : newLine);
    while (to > from && /\s/.test(this.text.charAt(to - 1))) to--;
    const { line, col: column } = this.lines.linePos(from);
    return { line, column, endLine: line, endColumn: column + to - from };
  }

  private addError(place: Place, words: Words): void {
    if (!this.full && this.add('error', place, words)) this.errors++;
  }

  private add(severity: Diagnostic['severity'], place: Place, { code, message, suggestion }: Words): boolean {
    const key = `${place.line}:${place.column}:${message}`;
    if (this.found.has(key)) return false;
    this.found.set(key, { severity, code, message, ...place, ...(suggestion === undefined ? {} : { suggestion }) });
    return true;
  }
}
