import { Faults, type Result, type Span } from './fault.js';
import { Lexer } from './lexer.js';
import { treeOf } from './parse-expression.js';
import { printExpression } from './print.js';
import { MAX_EXPRESSION, type Expression } from './syntax.js';

const OPEN = '${{';
const MARK_AS_TEXT = "${{ '${{' }}";

/** A text, or an expression in it; the span of an expression's tree is counted from the beginning of the whole text. */
export type Part = string | Expression;
/** A text with expressions in it; a text without any is one part or, when empty, none. Texts are never empty. */
export type Template = readonly Part[];

/** Whether a text has expressions in it: without `${{` there is nothing to parse. */
export const hasExpressions = (text: string): boolean => text.includes(OPEN);

export const expressionsOf = (template: Template): Expression[] =>
  template.filter((part): part is Expression => typeof part !== 'string');

/** Reads what there is to read, and reports the rest to `faults`. */
export const partsOf = (text: string, faults: Faults, maxLength: number): Template => {
  const parts: Part[] = [];
  let end = 0;
  for (let open = text.indexOf(OPEN); open >= 0 && !faults.full; open = text.indexOf(OPEN, end)) {
    if (open > end) parts.push(text.slice(end, open));
    const before = faults.count;
    const lexed = new Lexer(text, open + OPEN.length, true, faults, maxLength).run();
    end = lexed.end;
    if (!lexed.closed && faults.count === before) reportUnclosed({ offset: open, length: OPEN.length }, faults);
    const tree = lexed.closed ? treeOf(text, lexed, faults) : undefined;
    if (tree) parts.push(tree);
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
};

const reportUnclosed = (span: Span, faults: Faults): void => {
  const cure = `put \`}}\` behind the expression; to have \`\${{\` as a text, write \`${MARK_AS_TEXT}\``;
  faults.add(span, 'UNCLOSED', `this \`\${{\` is not closed; ${cure}`);
};

/**
 * Reads a text with expressions in it. Never throws; takes time in proportion to the text, and next to none for a text
 * without `${{`. What `reduceTemplate` gave is read with `MAX_REDUCED` as `maxLength` (of each expression).
 */
export const parseTemplate = (text: string, maxLength = MAX_EXPRESSION): Result<Template> => {
  const faults = new Faults();
  return faults.resultOf(partsOf(text, faults, maxLength));
};

/** A text whose template stands for the same. */
export const printTemplate = (template: Template): string =>
  template
    .map((part) =>
      typeof part === 'string' ? part.replaceAll(OPEN, () => MARK_AS_TEXT) : `\${{ ${printExpression(part)} }}`,
    )
    .join('');
