import { compareDecimals, isDecimal } from './decimal.js';
import type { Comparison } from './syntax.js';
import { textOf, type Value } from './values.js';
import { shown } from './wording.js';

const shapeOf = (value: Value): string => {
  if (typeof value === 'boolean') return '`true` or `false`';
  if (value === '') return 'an empty text';
  return `${isDecimal(value) ? 'the number' : 'the text'} ${shown(value)}`;
};

const isNumber = (value: Value): boolean => typeof value === 'string' && isDecimal(value);

/** Whether an operator asks which of two is larger. */
export const hasOrder = (operator: Comparison): boolean => operator !== '==' && operator !== '!=';

/** Why two values have no order, in words; undefined: they have one. A side may not be known yet. */
export const problemOfOrder = (operator: Comparison, left?: Value, right?: Value): string | undefined => {
  const sides = [
    ...(left === undefined ? [] : [{ side: 'left', value: left }]),
    ...(right === undefined ? [] : [{ side: 'right', value: right }]),
  ];
  if (sides.every(({ value }) => isNumber(value))) return undefined;
  const shapes = sides.map(({ side, value }) => `on the ${side} is ${shapeOf(value)}`).join(', ');
  return `\`${operator}\` compares decimal numbers; ${shapes}`;
};

/** `==` and `!=` compare texts; the others compare numbers, which both must be. */
export const compareValues = (operator: Comparison, left: Value, right: Value): boolean => {
  if (operator === '==' || operator === '!=') return (textOf(left) === textOf(right)) === (operator === '==');
  const order = compareDecimals(textOf(left), textOf(right));
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
};
