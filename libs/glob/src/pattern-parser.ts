import type { GlobFaults } from './fault.js';
import type { Node, Range } from './pattern.js';

const SPECIAL = '*?[]{},!\\-^';

/** Reads one pattern, without the `!` before it: one pass from left to right. What is wrong is reported and left out. */
export class PatternParser {
  private at: number;

  constructor(
    private readonly text: string,
    start: number,
    private readonly faults: GlobFaults,
  ) {
    this.at = start;
  }

  run(): Node[] {
    const nodes: Node[] = [];
    while (this.at < this.text.length) {
      nodes.push(...this.sequence(false));
      if (this.at < this.text.length) {
        this.fault(this.at, 'there is no `{` that this `}` closes; to have it as a character, write `\\}`');
        this.at++;
      }
    }
    return nodes;
  }

  /** Up to the end or to a `}`, in braces also to a `,`. */
  private sequence(inBraces: boolean): Node[] {
    const nodes: Node[] = [];
    while (this.at < this.text.length) {
      const char = this.char();
      if (char === '}' || (inBraces && char === ',')) break;
      const node = this.node(char);
      if (node) nodes.push(node);
    }
    return nodes;
  }

  private node(char: string): Node | undefined {
    const offset = this.at;
    this.at += char.length;
    if (char === '*') return { kind: 'star' };
    if (char === '?') return { kind: 'one' };
    if (char === '[') return this.characterClass(offset);
    if (char === '{') return this.choice(offset);
    return { kind: 'char', char: char === '\\' ? this.escaped(offset) : char };
  }

  private choice(offset: number): Node | undefined {
    const of: Node[][] = [];
    do {
      of.push(this.sequence(true));
    } while (this.accept(','));
    if (!this.accept('}')) return this.fault(offset, 'this `{` is not closed; to have it as a character, write `\\{`');
    const inside = this.text.slice(offset + 1, this.at - 1);
    if (of.length > 1) return { kind: 'choice', of };
    const cure = inside.includes('..')
      ? 'there are no ranges; write each, as in `{1,2,3}`'
      : 'write `{one,other}`; to have it as a character, write `\\{`';
    return this.fault(offset, `there is nothing to choose from between these braces; ${cure}`, this.at - offset);
  }

  private characterClass(offset: number): Node | undefined {
    const negated = this.accept('!');
    if (!negated && this.text[this.at] === '^') this.fault(this.at, '`[^…]` is written `[!…]` here');
    const ranges: Range[] = [];
    const start = this.at;
    while (this.at < this.text.length && this.text[this.at] !== ']') {
      const range = this.range();
      if (range) ranges.push(range);
    }
    const empty = this.at === start;
    if (!this.accept(']')) return this.fault(offset, 'this `[` is not closed; to have it as a character, write `\\[`');
    if (empty) this.fault(offset, 'these brackets are empty; to have a `]` among the characters, write `\\]`', 2);
    return { kind: 'class', ranges, negated };
  }

  private range(): Range | undefined {
    const offset = this.at;
    const first = this.member();
    const isRange = this.text[this.at] === '-' && (this.text[this.at + 1] ?? ']') !== ']';
    if (isRange) this.at++;
    const last = isRange ? this.member() : first;
    if (first === undefined || last === undefined) return undefined;
    if (first <= last) return [first, last];
    return this.fault(offset, 'this range runs backwards, so it has no characters', this.at - offset);
  }

  /** One character between brackets, as its code point. */
  private member(): number | undefined {
    const offset = this.at;
    let char = this.char();
    this.at += char.length;
    if (char === '/') return this.fault(offset, 'brackets never match a `/`; write it outside of them');
    if (char === '[' && this.text[this.at] === ':')
      return this.fault(offset, 'classes have no names; write the characters, as in `[a-z]`', 2);
    if (char === '\\') char = this.escaped(offset);
    return char.codePointAt(0);
  }

  /** The character behind a `\`. */
  private escaped(offset: number): string {
    const char = this.char();
    this.at += char.length;
    if (char === '') this.fault(offset, 'there is nothing behind this `\\`; to have it as a character, write `\\\\`');
    else if (!SPECIAL.includes(char)) {
      const cure = 'folders are separated by `/`, and only a character with a meaning is escaped';
      this.fault(offset, `this \`\\\` escapes nothing; ${cure}`, 1 + char.length);
    }
    return char;
  }

  /** The character here, whole even if it takes two units; at the end nothing. */
  private char(): string {
    const code = this.text.codePointAt(this.at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  private accept(char: string): boolean {
    const found = this.text[this.at] === char;
    if (found) this.at++;
    return found;
  }

  private fault(offset: number, message: string, length = 1): undefined {
    return this.faults.add(offset, length, 'SYNTAX', message);
  }
}
