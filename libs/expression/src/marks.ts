/** The marks of an expression. */
export type Mark = '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||' | '!' | '(' | ')' | ',';

const MARKS: readonly Mark[] = ['==', '!=', '<=', '>=', '&&', '||', '<', '>', '!', '(', ')', ','];

/** What may be written → the mark that is meant; the first that fits counts. */
export const WRITTEN_MARKS: readonly (readonly [written: string, meant: Mark])[] = [
  ['===', '=='],
  ['!==', '!='],
  ['<>', '!='],
  ['=>', '>='],
  ['=<', '<='],
  ...MARKS.map((mark) => [mark, mark] as const),
  ['=', '=='],
  ['&', '&&'],
  ['|', '||'],
];

export const NO_ARITHMETIC = 'expressions do not calculate; do it in a step';
export const QUOTE_IN_TEXT = "a `'` inside a text is written twice, without `\\`";
const IN_QUOTES = 'a text is put in single quotes';
const NO_PATTERNS = 'there are no patterns in expressions; use `contains`, `startsWith` or `endsWith`';
const NO_CHOICE = "there is no `? :`; write `condition && 'this' || 'that'`";
const NO_BRACKETS = 'there are no brackets; names are joined by dots, as in `needs.build.VERSION`';
const NO_HOLE = 'here an expression stands without `${{` and `}}`';

/** What begins with a character that means nothing → what to do about it. */
const CURES: readonly (readonly [RegExp, string])[] = [
  [/^.~|^~/s, NO_PATTERNS],
  [/^\$\{\{/, NO_HOLE],
  [/^[-+*/%]/, NO_ARITHMETIC],
  [/^[?:]/, NO_CHOICE],
  [/^[[\]]/, NO_BRACKETS],
  [/^"/, `this \`"\` is not closed; ${IN_QUOTES}`],
];

export const cureOfNothing = (text: string): string => CURES.find(([begins]) => begins.test(text))?.[1] ?? IN_QUOTES;

/** Words that other languages have for marks. */
export const WORDS_FOR_MARKS = new Map([
  ['and', '`&&`'],
  ['or', '`||`'],
  ['not', '`!`'],
  ['eq', '`==`'],
  ['ne', '`!=`'],
  ['is', '`==`'],
  ['in', '`contains(text, part)`'],
]);
