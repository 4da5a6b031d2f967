import type { Scope } from '#expression';
import { warnOfSecret } from './habits.js';
import { EnvironmentVariable } from './pipeline.js';
import type { Entry, SpecSource } from './spec-source.js';
import type { Environment } from './step-spec.js';
import { checkText } from './text.reader.js';
import { shown } from './wording.js';

const SHOULD = 'must be a mapping of names to values (`NAME: value`)';

/** A mapping of names to scalars, which may hold expressions. Empty when there is none. */
export const readEnvironment = (source: SpecSource, entry: Entry | undefined, scope: Scope): Environment => {
  const environment = new Map<string, string>();
  const mapping = entry && source.mapping(entry.value, '`environment`', SHOULD);
  if (!mapping) return environment;
  for (const { key, span, value } of source.entries(mapping)) {
    source.checkOnce('variable', key, () => new EnvironmentVariable(key), span);
    const what = `the value of ${shown(key)}`;
    const text = source.scalar(value, what);
    if (text === undefined || !checkText(source, value, text, what, scope)) continue;
    environment.set(key, text);
    warnOfSecret(source, value, key, text);
  }
  return environment;
};

/** The names that an environment has, whether or not its values could be read. */
export const namesIn = (...environments: readonly Environment[]): ReadonlySet<string> =>
  new Set(environments.flatMap((environment) => [...environment.keys()]));
