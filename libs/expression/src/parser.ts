import type { Faults, Span } from './fault.js';
import type { Token } from './lexer.js';
import { NO_ARITHMETIC, QUOTE_IN_TEXT, WORDS_FOR_MARKS, type Mark } from './marks.js';
import { MAX_NESTING, type Comparison, type Expression } from './syntax.js';
import { shown } from './wording.js';

const COMPARISONS: readonly string[] = ['==', '!=', '<', '<=', '>', '>='] satisfies Comparison[];
/**
 * Recursive descent over the tokens of one expression:
 *
 *     any        = all { "||" all }
 *     all        = comparison { "&&" comparison }
 *     comparison = unary [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) unary ]
 *     unary      = "!" unary | "(" any ")" | call | path | text | number | "true" | "false"
 *     call       = name "(" [ any { "," any } ] ")"
 *
 * Ends at the first fault. Each token is taken once; the depth of the recursion is bounded by `MAX_NESTING`.
 */
export class Parser {
  private at = 0;
  private depth = 0;
  /** Looks at a token: the measure of the work. */
  steps = 0;

  constructor(
    private readonly text: string,
    private readonly tokens: readonly Token[],
    private readonly faults: Faults,
  ) {}

  run(): Expression | undefined {
    if (this.tokens.length === 1)
      return this.faults.add(this.token, 'SYNTAX', 'the expression is empty; write what is meant, as `cairn.branch`');
    const expression = this.chain('any');
    return expression && this.at < this.tokens.length - 1 ? this.leftOver() : expression;
  }

  private get token(): Token {
    this.steps++;
    return this.tokens[Math.min(this.at, this.tokens.length - 1)] as Token;
  }

  private mark(): Mark | undefined {
    const { token } = this;
    return token.type === 'mark' ? token.mark : undefined;
  }

  private accept(mark: Mark): boolean {
    const found = this.mark() === mark;
    if (found) this.at++;
    return found;
  }

  private chain(kind: 'any' | 'all'): Expression | undefined {
    const start = this.token;
    const operands: Expression[] = [];
    do {
      const operand = kind === 'any' ? this.chain('all') : this.comparison();
      if (!operand) return undefined;
      operands.push(operand);
    } while (this.accept(kind === 'any' ? '||' : '&&'));
    return operands.length === 1 ? operands[0] : { kind, operands, ...this.from(start) };
  }

  private comparison(): Expression | undefined {
    const start = this.token;
    const left = this.unary();
    const operator = this.mark();
    if (!left || !isComparison(operator)) return left;
    this.at++;
    const right = this.unary();
    if (!right) return undefined;
    if (isComparison(this.mark())) {
      const message = 'one comparison cannot be compared again; join two by `&&`, or put one in parentheses';
      return this.faults.add(this.token, 'SYNTAX', message);
    }
    return { kind: 'compare', operator, left, right, ...this.from(start) };
  }

  private unary(): Expression | undefined {
    const { token } = this;
    if (token.type === 'text') return this.took({ kind: 'text', value: token.value, ...spanOf(token) });
    if (token.type === 'number') return this.took({ kind: 'number', source: token.source, ...spanOf(token) });
    if (token.type === 'path') return this.path(token);
    if (this.accept('!')) return this.nested(token, () => this.not(token));
    if (this.accept('(')) return this.nested(token, () => this.inParentheses(token));
    return this.missing(token);
  }

  private path(token: Token & { type: 'path' }): Expression | undefined {
    const [name = '', ...further] = token.names;
    this.at++;
    if (further.length === 0 && this.accept('(')) return this.nested(token, () => this.call(token, name));
    if (further.length === 0 && (name === 'true' || name === 'false'))
      return { kind: 'boolean', value: name === 'true', ...spanOf(token) };
    if (further.length === 0 && name === 'not') return this.leftOver(token);
    return { kind: 'path', names: token.names, ...spanOf(token) };
  }

  private not(mark: Token): Expression | undefined {
    const operand = this.unary();
    return operand && { kind: 'not', operand, ...this.from(mark) };
  }

  private inParentheses(open: Token): Expression | undefined {
    const inner = this.chain('any');
    return inner && this.closed(open) ? inner : undefined;
  }

  private call(start: Token, name: string): Expression | undefined {
    const args: Expression[] = [];
    if (this.accept(')')) return { kind: 'call', name, args, ...this.from(start) };
    do {
      const argument = this.chain('any');
      if (!argument) return undefined;
      args.push(argument);
    } while (this.accept(','));
    return this.closed(start) ? { kind: 'call', name, args, ...this.from(start) } : undefined;
  }

  private closed(open: Token): boolean {
    if (this.accept(')')) return true;
    if (this.token.type === 'end') this.faults.add(open, 'SYNTAX', 'this parenthesis is not closed; a `)` is missing');
    else this.leftOver();
    return false;
  }

  private nested(token: Token, read: () => Expression | undefined): Expression | undefined {
    if (this.depth >= MAX_NESTING) {
      const message = `an expression is nested at most ${MAX_NESTING} levels deep; do the work in a step`;
      return this.faults.add(token, 'TOO_DEEP', message);
    }
    this.depth++;
    const found = read();
    this.depth--;
    return found;
  }

  private took(literal: Expression): Expression {
    this.at++;
    return literal;
  }

  /** The token that was taken last. */
  private before(): Token {
    return this.tokens[this.at - 1] as Token;
  }

  /** What was taken since that token, with it. */
  private from({ offset }: Token): Span {
    const last = this.before();
    return { offset, length: last.offset + last.length - offset };
  }

  /** An operand should stand where this token is. */
  private missing(token: Token): undefined {
    const place = this.at > 0 ? `after ${this.shownToken(this.before())}` : `before ${this.shownToken(token)}`;
    return this.faults.add(token, 'SYNTAX', `a value is missing ${place}`);
  }

  /** The expression could end before this token, and does not. */
  private leftOver(token = this.token): undefined {
    const word = token.type === 'path' ? WORDS_FOR_MARKS.get(token.names.join('.')) : undefined;
    const what = this.shownToken(token);
    if (word !== undefined) return this.faults.add(token, 'SYNTAX', `${what} is written ${word} here`);
    if (token.type === 'mark' && token.mark === ')')
      return this.faults.add(token, 'SYNTAX', 'there is no `(` that this `)` closes');
    if (token.type === 'mark' && token.mark === ',')
      return this.faults.add(token, 'SYNTAX', 'a `,` stands only between the arguments of a function');
    if (token.type === 'number' && token.source.startsWith('-'))
      return this.faults.add(token, 'SYNTAX', `an operator is missing before ${what}; ${NO_ARITHMETIC}`);
    const last = this.before();
    const escaped = last.type === 'text' && last.value.endsWith('\\');
    const cure = escaped ? `; ${QUOTE_IN_TEXT}` : ', as in `&&`, `||` or `==`';
    return this.faults.add(token, 'SYNTAX', `an operator is missing before ${what}${cure}`);
  }

  private shownToken({ offset, length }: Token): string {
    return shown(this.text.slice(offset, offset + length));
  }
}

const isComparison = (mark: Mark | undefined): mark is Comparison => mark !== undefined && COMPARISONS.includes(mark);
const spanOf = ({ offset, length }: Span): Span => ({ offset, length });
