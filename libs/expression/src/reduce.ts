import { failed, faultAt, Faults, type Result } from './fault.js';
import type { Functions } from './functions.js';
import { outcomeOf, type Outcome } from './outcome.js';
import { printExpression } from './print.js';
import { MAX_REDUCED, type Expression } from './syntax.js';
import { expressionsOf, printTemplate, type Part, type Template } from './template.js';
import { textOf, type Value, type Values } from './values.js';

/** The value; or the source of what is left, with everything that was known filled in. */
export type Reduced<T> = Readonly<{ done: true; value: T }> | Readonly<{ done: false; source: string }>;

/**
 * Works out what can be: names without a value and functions that are not given are left. Evaluating what is left, with
 * just the rest of the values, gives what evaluating the whole would have. It is read by `parseExpression` with
 * `MAX_REDUCED`; a longer one is a fault, as is what is sure to fail.
 */
export const reduce = (expression: Expression, values: Values, functions: Functions = {}): Result<Reduced<Value>> => {
  const outcome = reducedOutcome(expression, values, functions);
  if (outcome.fault) return failed(outcome.fault);
  return outcome.rest
    ? { ok: true, value: { done: false, source: printExpression(outcome.rest) } }
    : { ok: true, value: { done: true, value: outcome.value } };
};

/** As `reduce`, for the text of a template; what is left is read by `parseTemplate` with `MAX_REDUCED`. */
export const reduceTemplate = (
  template: Template,
  values: Values,
  functions: Functions = {},
): Result<Reduced<string>> => {
  const faults = new Faults();
  const parts = template.map((part): Part => {
    if (typeof part === 'string') return part;
    const { value, rest, fault } = reducedOutcome(part, values, functions);
    if (fault) faults.include([fault]);
    return rest ?? textOf(value ?? '');
  });
  const rests = expressionsOf(parts);
  const left = rests.length > 0;
  return faults.resultOf(left ? { done: false, source: printTemplate(parts) } : { done: true, value: parts.join('') });
};

const reducedOutcome = (expression: Expression, values: Values, functions: Functions): Outcome => {
  const outcome = outcomeOf(expression, { values, functions, complete: false });
  if (!outcome.rest || outcome.fault || printExpression(outcome.rest).length <= MAX_REDUCED) return outcome;
  const message = `with its values filled in, an expression has at most ${MAX_REDUCED} characters; put them into a file`;
  return { rest: outcome.rest, fault: faultAt(expression, 'TOO_LONG', message) };
};
