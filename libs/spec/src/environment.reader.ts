import { warnOfSecret } from './habits.js';
import { EnvironmentVariable } from './pipeline.js';
import type { LazyNames, LazyScope } from './scopes.js';
import type { Entry, SpecSource } from './spec-source.js';
import type { Environment } from './step-spec.js';
import { checkText } from './text.reader.js';
import { shown } from './wording.js';

const MAX_VARIABLES = 500;
const SHOULD = 'must be a mapping of names to values (`NAME: value`)';

/** A mapping of names to scalars, which may hold expressions. Empty when there is none. */
export const readEnvironment = (source: SpecSource, entry: Entry | undefined, scope: LazyScope): Environment => {
  const environment = new Map<string, string>();
  const mapping = entry && source.mapping(entry.value, '`environment`', SHOULD);
  if (!mapping) return environment;
  const entries = source.entries(mapping);
  const tooMany = entries[MAX_VARIABLES];
  if (tooMany)
    source.findings.error('TOO_MANY', tooMany.span, `an \`environment\` has at most ${MAX_VARIABLES} variables`);
  for (const { key, span, value } of entries.slice(0, MAX_VARIABLES)) {
    source.checkOnce('variable', key, () => new EnvironmentVariable(key), span);
    const what = `the value of ${shown(key)}`;
    const text = source.scalar(value, what);
    if (text === undefined || !checkText(source, value, text, what, scope)) continue;
    environment.set(key, text);
    warnOfSecret(source, value, key, text);
  }
  return environment;
};

/** The names of the variables of these together. */
export const namesIn = (...environments: readonly Environment[]): LazyNames => {
  let names: ReadonlySet<string> | undefined;
  return () => (names ??= new Set(environments.flatMap((environment) => [...environment.keys()])));
};
