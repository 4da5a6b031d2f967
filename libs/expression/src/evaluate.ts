import { failed, Faults, type Result } from './fault.js';
import type { Functions } from './functions.js';
import { outcomeOf, tooLong } from './outcome.js';
import type { Expression } from './syntax.js';
import type { Template } from './template.js';
import { isTooLong, MAX_TEXT, textOf, type Value, type Values } from './values.js';

/**
 * The value of an expression; a name that has none is the empty text. `a || b` is `a` if that is true, else `b`; `a && b`
 * is `a` if that is false, else `b`; what need not be looked at is not. Never throws. A fault is a comparison of what has
 * no order, a text longer than 64 KiB, or a function that is not given.
 */
export const evaluate = (expression: Expression, values: Values, functions: Functions = {}): Result<Value> => {
  const { value, fault } = outcomeOf(expression, { values, functions, complete: true });
  return fault ? failed(fault) : { ok: true, value: value ?? '' };
};

/**
 * The text of a template: `true` and `false` are put in as such. Never throws. Faults are those of all its expressions;
 * a text that was put together has at most 64 KiB.
 */
export const expand = (template: Template, values: Values, functions: Functions = {}): Result<string> => {
  const [first = '', ...further] = template;
  if (typeof first === 'string' && further.length === 0) return { ok: true, value: first };
  const faults = new Faults();
  let text = '';
  for (const part of template) {
    const result: Result<Value> =
      typeof part === 'string' ? { ok: true, value: part } : evaluate(part, values, functions);
    if (result.ok) text += textOf(result.value);
    else faults.include(result.faults);
    if (text.length > MAX_TEXT) break;
  }
  if (isTooLong(text)) faults.include([tooLong({ offset: 0, length: 0 }, 'a text with expressions in it')]);
  return faults.resultOf(text);
};
