import { CONTEXTS, isCairnField, isContext, type ContextName } from './contexts.js';
import { cureOfContext, FUNCTIONS_ELSEWHERE } from './elsewhere.js';
import { Faults, type Fault } from './fault.js';
import { FUNCTIONS, isFunction, type FunctionName } from './functions.js';
import { hasOrder, problemOfOrder } from './order.js';
import type { Scope } from './scope.js';
import { childrenOf, type Call, type Compare, type Expression, type Path } from './syntax.js';
import type { Value } from './values.js';
import { fieldOfVariable, insteadOfSplicing } from './variable-for.js';
import { didYouMean, listed, shown } from './wording.js';

/** Names in a message. */
const MAX_LISTED = 20;

/** What is wrong with an expression at this place; empty: nothing. Never throws. */
export const check = (expression: Expression, scope: Scope): readonly Fault[] => {
  const faults = new Faults();
  checkInto(expression, scope, faults);
  return faults.sorted();
};

export const checkInto = (expression: Expression, scope: Scope, faults: Faults): void => {
  if (faults.full) return;
  if (expression.kind === 'path') checkPath(expression, scope, faults);
  if (expression.kind === 'call') checkCall(expression, scope, faults);
  if (expression.kind === 'compare') checkOrder(expression, faults);
  for (const child of childrenOf(expression)) checkInto(child, scope, faults);
};

const checkPath = (path: Path, scope: Scope, faults: Faults): void => {
  const [context = '', name, ...further] = path.names;
  const what = shown(path.names.join('.'));
  if (!isContext(context) || name === undefined) {
    const cure = cureOfContext(path.names, allowedContexts(scope));
    return faults.add(path, 'UNKNOWN_CONTEXT', `there is no ${what}${cure}`);
  }
  const known = scope.contexts[context];
  if (!known) return faults.add(path, 'NOT_ALLOWED_HERE', refused(path, what, scope));
  if (context === 'needs') return checkNeed(path, name, further, known, scope, faults);
  if (further.length > 0)
    return faults.add(path, 'UNKNOWN_NAME', `there is no ${what}; \`${context}.\` is followed by one name`);
  if (known.has(name)) return;
  if (context === 'cairn' && isCairnField(name))
    return faults.add(path, 'NOT_ALLOWED_HERE', `${what} is not known yet ${scope.where}`);
  faults.add(path, 'UNKNOWN_NAME', `there is no ${what}${cureOfName(context, name, known)}`);
};

const allowedContexts = ({ contexts }: Scope): string[] => {
  const allowed = Object.keys(CONTEXTS).filter((name) => contexts[name as ContextName]);
  return allowed.length > 0 ? allowed : Object.keys(CONTEXTS);
};

const refused = ({ names }: Path, what: string, { where, command }: Scope): string =>
  command
    ? `${what} may not be put into a command, where a shell would read it; ${insteadOfSplicing(names)}`
    : `${what} cannot be used ${where}`;

const NONE: Record<ContextName, string> = {
  cairn: 'nothing of `cairn` is known here',
  matrix: 'the job has no `matrix`',
  environment: 'nothing is set under `environment`',
  inputs: 'the pipeline has no inputs',
  needs: 'the job needs no other',
};

const cureOfName = (context: ContextName, name: string, known: ReadonlySet<string>): string => {
  const field = context === 'environment' ? fieldOfVariable(name) : undefined;
  if (field !== undefined) return `; it is called \`cairn.${field}\` here`;
  if (known.size === 0) return `: ${NONE[context]}`;
  const meant = didYouMean(name, known);
  if (meant) return meant.replace('mean `', `mean \`${context}.`);
  return `; the names are ${listed([...known].slice(0, MAX_LISTED))}`;
};

const checkNeed = (
  path: Path,
  job: string,
  [key, ...further]: readonly string[],
  known: ReadonlySet<string>,
  scope: Scope,
  faults: Faults,
): void => {
  if (!known.has(job) && scope.jobs?.has(job))
    return faults.add(path, 'NOT_NEEDED', `the job ${shown(job)} is not needed by this one; add it to \`needs\``);
  if (!known.has(job)) {
    const meant = didYouMean(job, known) || didYouMean(job, scope.jobs ?? []);
    const cure = meant || (known.size === 0 ? `; ${NONE.needs}` : '');
    return faults.add(path, 'UNKNOWN_NAME', `there is no job ${shown(job)}${cure}`);
  }
  const example = `needs.${job}.${further.at(-1) ?? 'NAME'}`;
  if (key === undefined || further.length > 0 || !/^\w+$/.test(key))
    faults.add(
      path,
      'UNKNOWN_NAME',
      `${shown(path.names.join('.'))} names no value of the job; write ${shown(example)} for what it wrote to \`$CAIRN_OUTPUT\``,
    );
};

const checkCall = (call: Call, scope: Scope, faults: Faults): void => {
  const what = shown(`${call.name}(…)`);
  if (!isFunction(call.name)) return faults.add(call, 'UNKNOWN_FUNCTION', unknownFunction(call.name, scope));
  if (!scope.functions?.includes(call.name))
    return faults.add(call, 'NOT_ALLOWED_HERE', `${what} cannot be used ${scope.where}`);
  const { arity, usage } = FUNCTIONS[call.name];
  if (call.args.length < arity[0] || call.args.length > arity[1])
    return faults.add(call, 'ARGUMENTS', `${what} is called as \`${usage}\``);
  if (call.name !== 'hash') return;
  for (const argument of call.args)
    if (argument.kind !== 'text') faults.add(argument, 'ARGUMENTS', 'a glob of `hash` is a text in single quotes');
};

const unknownFunction = (name: string, { functions = [] }: Scope): string => {
  const elsewhere = FUNCTIONS_ELSEWHERE.get(name);
  const all = Object.keys(FUNCTIONS) as FunctionName[];
  const cure = elsewhere ? `; ${elsewhere}` : didYouMean(name, functions) || didYouMean(name, all);
  return `there is no function ${shown(name)}${cure || `; there are ${listed(functions.length > 0 ? functions : all)}`}`;
};

/** `<` and the like with what can never be a number. */
const checkOrder = (compare: Compare, faults: Faults): void => {
  const problem = hasOrder(compare.operator)
    ? problemOfOrder(compare.operator, valueOf(compare.left), valueOf(compare.right))
    : undefined;
  if (problem !== undefined) faults.add(compare, 'TYPE', problem);
};

/** What is known of a value before there are any; for what is `true` or `false`, one of them. */
const valueOf = (expression: Expression): Value | undefined => {
  if (expression.kind === 'text') return expression.value;
  if (expression.kind === 'number') return expression.source;
  return isAlwaysBoolean(expression) ? true : undefined;
};

const isAlwaysBoolean = (expression: Expression): boolean => {
  if (expression.kind === 'all' || expression.kind === 'any') return expression.operands.every(isAlwaysBoolean);
  if (expression.kind === 'call') return isFunction(expression.name) && expression.name !== 'hash';
  return expression.kind === 'boolean' || expression.kind === 'not' || expression.kind === 'compare';
};
