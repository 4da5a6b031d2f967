import { isMap, type Node } from 'yaml';
import { spanOf, type Span } from './findings.js';
import type { Entry, SpecSource } from './spec-source.js';
import { itemsOf, needed, readBoolean } from './values.reader.js';
import { shown } from './wording.js';

/** A need as written. */
export type WrittenNeed = Readonly<{ name: string; optional: boolean; span: Span }>;

const readNeed = (source: SpecSource, node: Node): WrittenNeed | undefined => {
  const found = source.resolve(node);
  if (!found) return undefined;
  if (!isMap(found)) {
    const name = source.words(
      found,
      'a need',
      'must be the name of a job, or a mapping like `{job: name, optional: true}`',
    );
    return name === undefined ? undefined : { name, optional: false, span: spanOf(node) };
  }
  const known = source.known('need', source.entries(found));
  const job = needed(source, known, 'job', found, 'a need as a mapping');
  const name = job && source.words(job.value, '`job`', 'must be the name of a job');
  const optional = readBoolean(source, known.get('optional')) ?? false;
  return job && name !== undefined ? { name, optional, span: spanOf(job.value) } : undefined;
};

/** Each job once. */
export const readNeeds = (source: SpecSource, entry: Entry | undefined): WrittenNeed[] => {
  const needs = new Map<string, WrittenNeed>();
  for (const node of itemsOf(source, entry)) {
    const need = readNeed(source, node);
    if (need && needs.has(need.name))
      source.findings.warning('NEEDED_TWICE', need.span, `${shown(need.name)} is needed already`);
    else if (need) needs.set(need.name, need);
  }
  return [...needs.values()];
};
