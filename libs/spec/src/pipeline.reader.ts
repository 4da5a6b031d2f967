import { isMap, isScalar, type Node } from 'yaml';
import { readEnvironment } from './environment.reader.js';
import { spanOf, spotAt } from './findings.js';
import { warnOfImage } from './habits.js';
import { readJob, readJobKeys, stepsEntry, type JobContext, type WrittenJob } from './job.reader.js';
import { LEVELS } from './keys.js';
import { MAX_COMBINATIONS } from './matrix.reader.js';
import { inOrderOfNeeds } from './needs.js';
import type { JobSpec } from './job-spec.js';
import type { OnSpec } from './on-spec.js';
import { readOn } from './on.reader.js';
import { MAX_JOBS, Pipeline } from './pipeline.js';
import { warnOfReach } from './reach.js';
import { topLevelImage, topLevelValue } from './scopes.js';
import type { Entries, Entry, SpecSource } from './spec-source.js';
import { readText } from './text.reader.js';

const SHORT_FORM_JOB = 'build';
const EMPTY = 'the file is empty; write at least `steps:` and below it a list of commands';

const readJobs = (source: SpecSource, entry: Entry, context: Omit<JobContext, 'jobs'>): Map<string, WrittenJob> => {
  const jobs = new Map<string, WrittenJob>();
  const mapping = source.mapping(entry.value, '`jobs`', 'must be a mapping of names to jobs');
  if (!mapping) return jobs;
  const entries = source.entries(mapping);
  if (entries.length === 0) source.error('NOTHING_TO_RUN', mapping, '`jobs` has no job in it');
  const tooMany = entries[MAX_JOBS];
  if (tooMany) source.findings.error('TOO_MANY_JOBS', tooMany.span, `a pipeline has at most ${MAX_JOBS} jobs`);
  const read = entries.slice(0, MAX_JOBS);
  const names = new Set(read.map(({ key }) => key));
  for (const job of read) jobs.set(job.key, readJob(source, job, { ...context, jobs: names }));
  return jobs;
};

/** Where there are `jobs`, the keys of a job belong in one of them. */
const refuseShortForm = (source: SpecSource, known: Entries): void => {
  const top: readonly string[] = LEVELS.pipeline.keys;
  for (const { key, span } of known.values()) {
    if (top.includes(key)) continue;
    const message = `\`${key}\` at the top level is the short form for a single job; where there are \`jobs\`, it belongs in one of them`;
    source.findings.error('MISPLACED_KEY', span, message);
  }
};

const readLongForm = (source: SpecSource, known: Entries, jobs: Entry, on: OnSpec | undefined): Pipeline => {
  refuseShortForm(source, known);
  const inputs = new Set(on?.inputs.keys());
  const image = known.get('image');
  const environment = readEnvironment(source, known.get('environment'), topLevelValue(inputs));
  const written = readJobs(source, jobs, { inputs, environment, budget: { combinations: MAX_COMBINATIONS } });
  const pipeline = new Pipeline({
    image: readText(source, image, topLevelImage(inputs)),
    environment,
    on,
    jobs: inOrderOfNeeds(written, source.findings),
    uses: new Map(),
  });
  source.check(pipeline, () => (image ? spanOf(image.value) : spotAt(0)));
  if (image && pipeline.image !== undefined) warnOfImage(source, image.value, pipeline.image);
  return pipeline;
};

/** The top level is that of the only job. */
const readShortForm = (source: SpecSource, known: Entries, on: OnSpec | undefined): Pipeline => {
  const steps = stepsEntry(source, known);
  const at = { name: SHORT_FORM_JOB, span: steps?.span ?? spotAt(0) };
  const { spec } = readJobKeys(source, at, known, {
    inputs: new Set(on?.inputs.keys()),
    jobs: new Set([SHORT_FORM_JOB]),
    environment: new Map(),
    budget: { combinations: MAX_COMBINATIONS },
  });
  return new Pipeline({ image: spec.image, environment: spec.environment, on, jobs: [spec], uses: new Map() });
};

/** Tells of the first job with which there are too many, each cell of a matrix being one. */
const checkCells = (source: SpecSource, jobs: readonly JobSpec[]): void => {
  let count = 0;
  for (const { matrix, places } of jobs) {
    const before = count;
    count += matrix?.cells.length ?? 1;
    const place = places.get('matrix') ?? places.get('name');
    if (count <= MAX_JOBS || before > MAX_JOBS || !place) continue;
    const message = `with this matrix there are ${count} jobs; a pipeline has at most ${MAX_JOBS}, each cell of a matrix counted`;
    source.findings.errorAt('MATRIX_TOO_LARGE', place, message);
  }
};

const usesOf = (source: SpecSource): Pipeline['uses'] =>
  new Map([...source.used].map(([what, spans]) => [what, spans.map((span) => source.findings.placeOf(span))]));

/** Reads the whole file. What it returns means something only when nothing was found wrong. */
export const readPipeline = (source: SpecSource, root: Node | null): Pipeline | undefined => {
  if (!root || (isScalar(root) && root.value === null)) {
    source.findings.error('EMPTY_FILE', spotAt(0), EMPTY);
    return undefined;
  }
  if (!isMap(root))
    return source.mismatch(root, 'a pipeline', 'must be a mapping with `steps` or `jobs` at the top level');
  const entries = source.entries(root).filter(({ key }) => !key.startsWith('x-') && !key.startsWith('.'));
  const known = source.known('pipeline', entries);
  const jobs = known.get('jobs');
  if (!jobs && !known.has('steps') && !known.has('execute') && known.size === entries.length)
    source.error('NOTHING_TO_RUN', root, 'there is nothing to run; write `steps:` with a list of commands, or `jobs:`');
  const on = readOn(source, known.get('on'));
  const pipeline = jobs ? readLongForm(source, known, jobs, on) : readShortForm(source, known, on);
  checkCells(source, pipeline.jobs);
  if (!source.findings.failed) warnOfReach(source.findings, pipeline);
  return new Pipeline({ ...pipeline, uses: usesOf(source) });
};
