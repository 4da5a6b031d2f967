import { faultAt, type Fault, type Span } from './fault.js';
import { callFunction, type Functions } from './functions.js';
import { compareValues, hasOrder, problemOfOrder } from './order.js';
import type { Call, Chain, Compare, Expression } from './syntax.js';
import { isTooLong, isTrue, MAX_TEXT, textOf, valueAt, type Value, type Values } from './values.js';
import { shown } from './wording.js';

/**
 * What is known when an expression is worked out. `complete`: a name without a value is the empty text, and a function
 * that is not given a fault; otherwise both are left for later.
 */
export type Known = Readonly<{ values: Values; functions: Functions; complete: boolean }>;

/** A value, or what is left to be worked out. `fault`: that is sure to fail, if it is ever looked at. */
export type Outcome =
  | Readonly<{ value: Value; rest?: undefined; fault?: undefined }>
  | Readonly<{ value?: undefined; rest: Expression; fault?: Fault }>;

export const outcomeOf = (expression: Expression, known: Known): Outcome => {
  switch (expression.kind) {
    case 'text':
    case 'boolean':
      return { value: expression.value };
    case 'number':
      return { value: expression.source };
    case 'path': {
      const text = valueAt(known.values, expression.names) ?? (known.complete ? '' : undefined);
      return text === undefined ? { rest: expression } : bounded(expression, text);
    }
    case 'call':
      return outcomeOfCall(expression, known);
    case 'not': {
      const outcome = outcomeOf(expression.operand, known);
      return outcome.rest
        ? { ...outcome, rest: { ...expression, operand: outcome.rest } }
        : { value: !isTrue(outcome.value) };
    }
    case 'compare':
      return outcomeOfCompare(expression, known);
    case 'all':
    case 'any':
      return outcomeOfChain(expression, known);
  }
};

/** Operands are looked at from the left until one decides; those that are not known yet stay, and what is behind them. */
const outcomeOfChain = (chain: Chain, known: Known): Outcome => {
  const rests: Expression[] = [];
  let last: Outcome = { value: '' };
  let lastOperand: Expression | undefined;
  for (const operand of chain.operands) {
    lastOperand = operand;
    last = outcomeOf(operand, known);
    if (last.rest) rests.push(last.rest);
    if (last.fault || (!last.rest && isTrue(last.value) === (chain.kind === 'any'))) break;
  }
  const [first, ...further] = rests;
  if (!first) return last;
  if (!last.rest && lastOperand) further.push(literal(last.value, lastOperand));
  if (further.length === 0) return last.rest === first ? last : { rest: first };
  return { rest: { ...chain, operands: [first, ...further] } };
};

const outcomeOfCompare = (compare: Compare, known: Known): Outcome => {
  const left = outcomeOf(compare.left, known);
  const right = outcomeOf(compare.right, known);
  const rest = { ...compare, left: expressionOf(left, compare.left), right: expressionOf(right, compare.right) };
  if (left.rest ?? right.rest) return withFault(rest, left.fault ?? right.fault);
  const { operator } = compare;
  const problem = hasOrder(operator) ? problemOfOrder(operator, left.value, right.value) : undefined;
  if (problem !== undefined) return { rest, fault: faultAt(compare, 'TYPE', problem) };
  return { value: compareValues(operator, left.value as Value, right.value as Value) };
};

const outcomeOfCall = (call: Call, known: Known): Outcome => {
  const outcomes = call.args.map((argument) => outcomeOf(argument, known));
  const args = outcomes.map((outcome, index) => expressionOf(outcome, call.args[index] as Expression));
  const fault = outcomes.find((outcome) => outcome.fault)?.fault;
  const rest = { ...call, args };
  if (outcomes.some((outcome) => outcome.rest)) return withFault(rest, fault);
  const value = callFunction(
    call.name,
    outcomes.map((outcome) => textOf(outcome.value ?? '')),
    known.functions,
  );
  if (value !== undefined) return bounded(call, value);
  const problem = `${shown(`${call.name}(…)`)} has no meaning here`;
  return withFault(rest, known.complete ? faultAt(call, 'NOT_ALLOWED_HERE', problem) : undefined);
};

const withFault = (rest: Expression, fault: Fault | undefined): Outcome => (fault ? { rest, fault } : { rest });

/** A number stays as it was written. */
const literal = (value: Value, place: Expression): Expression => {
  const { offset, length } = place;
  if (place.kind === 'number') return place;
  return typeof value === 'boolean'
    ? { kind: 'boolean', value, offset, length }
    : { kind: 'text', value, offset, length };
};

const expressionOf = (outcome: Outcome, place: Expression): Expression => outcome.rest ?? literal(outcome.value, place);

const bounded = (place: Expression, value: Value): Outcome =>
  typeof value === 'string' && isTooLong(value)
    ? { rest: literal(value, place), fault: tooLong(place, 'a value in an expression') }
    : { value };

export const tooLong = (place: Span, what: string): Fault =>
  faultAt(place, 'TOO_LONG', `${what} has at most ${MAX_TEXT} bytes (64 KiB); put it into a file`);
