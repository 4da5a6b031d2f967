import type { Span } from './fault.js';

/** Of an expression as written; what is evaluated later may have grown by the values that were filled in. */
export const MAX_EXPRESSION = 4_000;
/** Characters of an expression after `reduce`. */
export const MAX_REDUCED = 64 * 1024;
/** Parentheses, calls and `!` within each other. */
export const MAX_NESTING = 32;

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** `matrix.node` is `['matrix', 'node']`. Names are as written: whether they mean anything is seen by `check`. */
export type Path = Span & Readonly<{ kind: 'path'; names: readonly string[] }>;
export type Call = Span & Readonly<{ kind: 'call'; name: string; args: readonly Expression[] }>;
export type Compare = Span & Readonly<{ kind: 'compare'; operator: Comparison; left: Expression; right: Expression }>;
/** `all`: operands joined by `&&`, `any`: by `||`; two or more. */
export type Chain = Span & Readonly<{ kind: 'all' | 'any'; operands: readonly Expression[] }>;

/** One expression. `source` of a number is how it was written: that is its value as a text. */
export type Expression =
  | (Span & Readonly<{ kind: 'text'; value: string }>)
  | (Span & Readonly<{ kind: 'number'; source: string }>)
  | (Span & Readonly<{ kind: 'boolean'; value: boolean }>)
  | (Span & Readonly<{ kind: 'not'; operand: Expression }>)
  | Path
  | Call
  | Compare
  | Chain;

/** The parts of an expression, from left to right. */
export const childrenOf = (expression: Expression): readonly Expression[] => {
  switch (expression.kind) {
    case 'not':
      return [expression.operand];
    case 'compare':
      return [expression.left, expression.right];
    case 'call':
      return expression.args;
    case 'all':
    case 'any':
      return expression.operands;
    default:
      return [];
  }
};
