import { Faults, type Result } from './fault.js';
import { Lexer, type Lexed } from './lexer.js';
import { Parser } from './parser.js';
import { MAX_EXPRESSION, type Expression } from './syntax.js';

/** The tree behind the tokens; undefined after a fault. */
export const treeOf = (text: string, { tokens, readable }: Lexed, faults: Faults): Expression | undefined =>
  readable ? new Parser(text, tokens, faults).run() : undefined;

export const treeOfSource = (source: string, faults: Faults, maxLength: number): Expression | undefined =>
  treeOf(source, new Lexer(source, 0, false, faults, maxLength).run(), faults);

/**
 * Reads one expression, without `${{` and `}}`. Never throws; takes time in proportion to the text. What `reduce` gave
 * is read with `MAX_REDUCED` as `maxLength`.
 */
export const parseExpression = (source: string, maxLength = MAX_EXPRESSION): Result<Expression> => {
  const faults = new Faults();
  const tree = treeOfSource(source, faults, maxLength);
  return faults.resultOf(tree as Expression); // there is one, or a fault
};
