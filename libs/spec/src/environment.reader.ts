import { EnvironmentVariable, type Environment } from './pipeline.js';
import type { Entry, SpecSource } from './spec-source.js';
import { shown } from './wording.js';

const SHOULD = 'must be a mapping of names to values (`NAME: value`)';

/** A mapping of names to scalars. Empty when there is none. */
export const readEnvironment = (source: SpecSource, entry: Entry | undefined): Environment => {
  const environment = new Map<string, string>();
  const mapping = entry && source.mapping(entry.value, '`environment`', SHOULD);
  if (!mapping) return environment;
  for (const { key, at, value } of source.entries(mapping)) {
    source.check(new EnvironmentVariable(key), () => at);
    const text = source.scalar(value, `the value of ${shown(key)}`);
    if (text !== undefined) environment.set(key, text);
  }
  return environment;
};
