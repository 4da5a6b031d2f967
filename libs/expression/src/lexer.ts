import type { Faults, Span } from './fault.js';
import { cureOfNothing, QUOTE_IN_TEXT, WRITTEN_MARKS, type Mark } from './marks.js';
import { fieldOfVariable } from './variable-for.js';
import { shown } from './wording.js';

/** `names` of a path as written: `matrix.node` has two. `text` is the value of a literal, without its quotes. */
export type Token = Span &
  (
    | Readonly<{ type: 'path'; names: readonly string[] }>
    | Readonly<{ type: 'text'; value: string }>
    | Readonly<{ type: 'number'; source: string }>
    | Readonly<{ type: 'mark'; mark: Mark }>
    | Readonly<{ type: 'end' }>
  );
/** `end`: behind the expression and, in a template, behind its `}}`; `closed`: that was there. */
export type Lexed = Readonly<{ tokens: readonly Token[]; end: number; closed: boolean; readable: boolean }>;

/**
 * Cuts one expression into tokens, one pass from left to right. What is clear though wrong (`=`, `"text"`, `$NAME`) is
 * reported and taken as meant; at the first character that means nothing, `readable` ends.
 */
export class Lexer {
  private readonly tokens: Token[] = [];
  private at: number;
  private readable = true;
  /** Turns of the loop: the measure of the work. */
  steps = 0;

  constructor(
    private readonly text: string,
    private readonly start: number,
    private readonly inTemplate: boolean,
    private readonly faults: Faults,
    private readonly maxLength: number,
  ) {
    this.at = start;
  }

  run(): Lexed {
    for (;;) {
      this.steps++;
      this.take(/\s*/y);
      const { text, at } = this;
      if (at - this.start > this.maxLength) this.tooLong();
      if (at >= text.length || (this.inTemplate && text.startsWith('${{', at))) return this.ended(at, false);
      if (this.inTemplate && text.startsWith('}}', at)) return this.ended(at + 2, true);
      this.next(text[at] ?? '', at);
    }
  }

  private ended(end: number, closed: boolean): Lexed {
    this.tokens.push({ type: 'end', offset: this.at, length: 0 });
    return { tokens: this.tokens, end, closed, readable: this.readable };
  }

  private tooLong(): void {
    const message = `an expression has at most ${this.maxLength} characters; do the work in a step`;
    if (this.readable) this.faults.add({ offset: this.start, length: this.maxLength }, 'TOO_LONG', message);
    this.readable = false;
  }

  private next(char: string, offset: number): void {
    if (char === "'") return this.quoted(offset);
    if (char === '"') return this.doubleQuoted(offset);
    if (/\d/.test(char) || (char === '-' && /\d/.test(this.text[offset + 1] ?? ''))) return this.number(offset);
    if (/[A-Za-z_]/.test(char)) return this.path(offset, this.take(/[\w.-]+/y));
    if (char === '$' && /\$\{?[A-Za-z_]/y.test(this.text.slice(offset, offset + 3))) return this.variable(offset);
    return this.mark(offset);
  }

  private quoted(offset: number): void {
    let value = '';
    for (let from = offset + 1; ;) {
      this.steps++;
      const quote = this.text.indexOf("'", from);
      if (quote < 0) return this.unclosedText(offset);
      value += this.text.slice(from, quote);
      this.at = quote + 1;
      if (this.text[this.at] !== "'") break;
      value += "'";
      from = quote + 2;
    }
    this.push({ type: 'text', value }, offset);
  }

  private unclosedText(offset: number): void {
    const escaped = this.tokens.some((token) => token.type === 'text' && token.value.endsWith('\\'));
    const cure = escaped ? QUOTE_IN_TEXT : "put a `'` behind it";
    this.unreadable({ offset, length: 1 }, `the text that begins with this \`'\` is not closed; ${cure}`);
    const close = this.inTemplate ? this.text.indexOf('}}', offset) : -1;
    this.at = close < 0 ? this.text.length : close;
  }

  private doubleQuoted(offset: number): void {
    const found = this.take(this.inTemplate ? /"(?:(?!\}\})[^"])*"/y : /"[^"]*"/y);
    if (found === '') return this.nothing(offset);
    const value = found.slice(1, -1);
    this.push({ type: 'text', value }, offset);
    const cure = `write ${shown(`'${value.replaceAll("'", "''")}'`)}`;
    this.faults.add({ offset, length: found.length }, 'SYNTAX', `a text is put in single quotes: ${cure}`);
  }

  private number(offset: number): void {
    const source = this.take(/-?[\w.-]+/y);
    this.push({ type: 'number', source }, offset);
    if (/^-?\d+(\.\d+)?$/.test(source)) return;
    const cure = `a text is put in single quotes: ${shown(`'${source}'`)}`;
    this.faults.add({ offset, length: source.length }, 'SYNTAX', `${shown(source)} is not a number; ${cure}`);
  }

  private path(offset: number, source: string): void {
    const names = source.split('.');
    this.push({ type: 'path', names }, offset);
    if (names.every((name) => /^[A-Za-z_][\w-]*$/.test(name))) return;
    const star = this.text[this.at] === '*';
    const message = star
      ? `there is no \`*\` in a path; name each value, as in ${shown(`${source}NAME`)}`
      : `${shown(source)} is not a path: names are joined by single dots, and begin with a letter or \`_\``;
    this.unreadable({ offset, length: source.length }, message);
  }

  /** `$NAME`, as the shell has it. */
  private variable(offset: number): void {
    const source = this.take(/\$\{\w+\}?|\$\w+/y);
    const name = source.replace(/\W/g, '');
    const field = fieldOfVariable(name);
    const names = field === undefined ? ['environment', name] : ['cairn', field];
    this.push({ type: 'path', names }, offset);
    const message = `${shown(source)} is how a shell names a variable; here it is ${shown(names.join('.'))}`;
    this.faults.add({ offset, length: source.length }, 'SYNTAX', message);
  }

  private mark(offset: number): void {
    const found = WRITTEN_MARKS.find(([written]) => this.text.startsWith(written, offset));
    if (!found || this.text[offset + 1] === '~') return this.nothing(offset);
    const [written, mark] = found;
    this.at = offset + written.length;
    this.push({ type: 'mark', mark }, offset);
    if (written !== mark)
      this.faults.add({ offset, length: written.length }, 'SYNTAX', `\`${written}\` is written \`${mark}\` here`);
  }

  /** A character that means nothing. */
  private nothing(offset: number): void {
    const char = String.fromCodePoint(this.text.codePointAt(offset) ?? 0);
    this.at = offset + char.length;
    const cure = cureOfNothing(this.text.slice(offset, offset + 3));
    this.unreadable({ offset, length: char.length }, `${shown(char)} means nothing in an expression; ${cure}`);
  }

  private unreadable(span: Span, message: string): void {
    if (this.readable) this.faults.add(span, 'SYNTAX', message);
    this.readable = false;
  }

  /** What the pattern, which must be sticky, finds at this place; goes on behind it. */
  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private push(token: TokenWithoutPlace, offset: number): void {
    if (this.readable) this.tokens.push({ ...token, offset, length: this.at - offset });
  }
}

type TokenWithoutPlace = Token extends infer T ? (T extends Token ? Omit<T, keyof Span> : never) : never;
