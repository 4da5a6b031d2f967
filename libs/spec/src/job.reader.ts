import { isMap, isSeq, type Node, type YAMLMap } from 'yaml';
import { complaintAbout, type Level } from './keys.js';
import { readEnvironment } from './environment.reader.js';
import { JobSpec } from './pipeline.js';
import type { Entry, SpecSource } from './spec-source.js';
import { readSteps } from './steps.reader.js';
import { offsetOf } from './survey.js';
import { shown } from './wording.js';

/** A need as written, with its offset. */
export type WrittenNeed = Readonly<{ name: string; at: number }>;
export type WrittenJob = Readonly<{ spec: JobSpec; needs: readonly WrittenNeed[] }>;

/** The entries that this version carries out; says what is wrong with each of the others. */
export const knownEntries = (source: SpecSource, level: Level, entries: readonly Entry[]): Map<string, Entry> => {
  const known = new Map<string, Entry>();
  for (const entry of entries) {
    const complaint = complaintAbout(level, entry.key);
    if (complaint === undefined) known.set(entry.key, entry);
    else source.findings.error(entry.at, complaint);
  }
  return known;
};

/** `steps`, or `execute`, its other name. */
export const stepsEntry = (source: SpecSource, known: ReadonlyMap<string, Entry>): Entry | undefined => {
  const steps = known.get('steps');
  const execute = known.get('execute');
  if (steps && execute)
    source.findings.error(execute.at, '`execute` is another name for `steps`; write only one of the two');
  return steps ?? execute;
};

const readNeed = (source: SpecSource, node: Node): WrittenNeed | undefined => {
  const found = source.resolve(node);
  if (!found) return undefined;
  if (isMap(found))
    return source.error(found, 'a need as a mapping is not supported yet by this version; write the name of a job');
  const name = source.words(found, 'a need', 'must be the name of a job');
  return name === undefined ? undefined : { name, at: offsetOf(node) };
};

const readNeeds = (source: SpecSource, entry: Entry | undefined): WrittenNeed[] => {
  const found = entry && source.resolve(entry.value);
  if (!entry || !found) return [];
  const nodes = isSeq(found) ? (found.items as Node[]) : [entry.value];
  const needs = new Map<string, WrittenNeed>();
  for (const node of nodes) {
    const need = readNeed(source, node);
    if (need && needs.has(need.name)) source.findings.warning(need.at, `${shown(need.name)} is needed already`);
    else if (need) needs.set(need.name, need);
  }
  return [...needs.values()];
};

const readJobMapping = (source: SpecSource, { key, at }: Entry, mapping: YAMLMap): WrittenJob => {
  const entries = source.entries(mapping);
  const known = knownEntries(source, 'job', entries);
  const image = known.get('image');
  const steps = stepsEntry(source, known);
  const needs = readNeeds(source, known.get('needs'));
  const spec = new JobSpec({
    name: key,
    image: image && source.words(image.value, '`image`'),
    environment: readEnvironment(source, known.get('environment')),
    needs: needs.map(({ name }) => name),
    steps: steps ? readSteps(source, steps.value, `\`${steps.key}\``) : [],
  });
  const places = new Map([
    ['image', image],
    ['steps', steps],
  ]);
  source.check(spec, (property) => placeOf(places.get(property), at));
  if (!steps && known.size === entries.length)
    source.findings.error(at, `the job ${shown(key)} has nothing to run; give it \`steps\``);
  return { spec, needs };
};

const placeOf = (entry: Entry | undefined, otherwise: number): number => (entry ? offsetOf(entry.value) : otherwise);

/** A job: a mapping, or just its list of commands. */
export const readJob = (source: SpecSource, entry: Entry): WrittenJob => {
  const found = source.resolve(entry.value);
  if (isMap(found)) return readJobMapping(source, entry, found);
  const steps = found && isSeq(found) ? readSteps(source, found, `the job ${shown(entry.key)}`) : [];
  if (found && !isSeq(found))
    source.mismatch(found, `the job ${shown(entry.key)}`, 'must be a mapping with `steps`, or a list of commands');
  const spec = new JobSpec({ name: entry.key, environment: new Map(), needs: [], steps });
  source.check(spec, (property) => (property === 'steps' ? placeOf(entry, entry.at) : entry.at));
  return { spec, needs: [] };
};
