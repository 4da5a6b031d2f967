import { isMap, isScalar, type Node } from 'yaml';
import { readEnvironment } from './environment.reader.js';
import { knownEntries, readJob, stepsEntry, type WrittenJob } from './job.reader.js';
import { inOrderOfNeeds } from './needs.js';
import { JobSpec, MAX_JOBS, Pipeline } from './pipeline.js';
import type { Entry, SpecSource } from './spec-source.js';
import { readSteps } from './steps.reader.js';
import { offsetOf } from './survey.js';

const SHORT_FORM_JOB = 'build';
const EMPTY = 'the file is empty; write at least `steps:` and below it a list of commands';

const readJobs = (source: SpecSource, entry: Entry): Map<string, WrittenJob> => {
  const jobs = new Map<string, WrittenJob>();
  const mapping = source.mapping(entry.value, '`jobs`', 'must be a mapping of names to jobs');
  if (!mapping) return jobs;
  const entries = source.entries(mapping);
  if (entries.length === 0) source.error(mapping, '`jobs` has no job in it');
  const tooMany = entries[MAX_JOBS];
  if (tooMany) source.findings.error(tooMany.at, `a pipeline has at most ${MAX_JOBS} jobs`);
  for (const job of entries.slice(0, MAX_JOBS)) jobs.set(job.key, readJob(source, job));
  return jobs;
};

const readShortForm = (source: SpecSource, entry: Entry): Map<string, WrittenJob> => {
  const steps = readSteps(source, entry.value, `\`${entry.key}\``);
  const spec = new JobSpec({ name: SHORT_FORM_JOB, environment: new Map(), needs: [], steps });
  source.check(spec, () => offsetOf(entry.value));
  return new Map([[SHORT_FORM_JOB, { spec, needs: [] }]]);
};

/** Reads the whole file. What it returns means something only when nothing was found wrong. */
export const readPipeline = (source: SpecSource, root: Node | null): Pipeline | undefined => {
  if (!root || (isScalar(root) && root.value === null)) {
    source.findings.error(0, EMPTY);
    return undefined;
  }
  if (!isMap(root))
    return source.mismatch(root, 'a pipeline', 'must be a mapping with `steps` or `jobs` at the top level');
  const entries = source.entries(root).filter(({ key }) => !key.startsWith('x-') && !key.startsWith('.'));
  const known = knownEntries(source, 'pipeline', entries);
  const [image, jobs] = [known.get('image'), known.get('jobs')];
  const steps = stepsEntry(source, known);
  if (jobs && steps)
    source.findings.error(
      steps.at,
      `\`${steps.key}\` at the top level is the short form for a single job; where there are \`jobs\`, it belongs in one of them`,
    );
  if (!jobs && !steps && known.size === entries.length)
    source.error(root, 'there is nothing to run; write `steps:` with a list of commands, or `jobs:`');
  const written = new Map([...(steps ? readShortForm(source, steps) : []), ...(jobs ? readJobs(source, jobs) : [])]);
  const pipeline = new Pipeline({
    image: image && source.words(image.value, '`image`'),
    environment: readEnvironment(source, known.get('environment')),
    jobs: inOrderOfNeeds(written, source.findings),
  });
  source.check(pipeline, () => (image ? offsetOf(image.value) : 0));
  return pipeline;
};
