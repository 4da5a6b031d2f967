import { isCairnField, type CairnField } from './contexts.js';

/** The fields of `cairn` that every job has as a variable, too. */
const WITH_VARIABLE: ReadonlySet<string> = new Set<CairnField>([
  ...(['sha', 'ref', 'branch', 'tag', 'event', 'repo', 'pull_request', 'base'] as const),
  ...(['build_number', 'build_id', 'job', 'attempt', 'url'] as const),
]);

/** The variable that has the value of a path in every shell of the job, as `$CAIRN_BRANCH`; undefined: there is none. */
export const variableFor = ([context, name = '']: readonly string[]): string | undefined => {
  if (context === 'environment') return `$${name}`;
  return context === 'cairn' && WITH_VARIABLE.has(name) ? `$CAIRN_${name.toUpperCase()}` : undefined;
};

/** What to write in a command instead of a path that may not be spliced into it: an imperative. */
export const insteadOfSplicing = (names: readonly string[]): string => {
  const variable = variableFor(names);
  return variable === undefined
    ? 'put it into `environment` and use that variable'
    : `use the variable \`${variable}\``;
};

/** The field of `cairn` that a variable of Cairn's own has the value of: `sha` for `CAIRN_SHA`. */
export const fieldOfVariable = (name: string): CairnField | undefined => {
  const field = name.startsWith('CAIRN_') ? name.slice('CAIRN_'.length).toLowerCase() : '';
  return isCairnField(field) ? field : undefined;
};
