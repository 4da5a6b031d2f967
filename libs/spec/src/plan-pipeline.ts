import { jobId, type JobTemplate, type Plan, type PlannedJob, type StepTemplate } from '#events';
import type { Environment, JobSpec, Pipeline, StepSpec } from './pipeline.js';

const POOL = 'default';
const INFRASTRUCTURE_RETRIES = 2;
const TIMEOUT_MS = 60 * 60_000;
const MAX_NAME = 80;

// `Object.fromEntries` defines own properties, whatever their names: `__proto__` is a variable like any other.
const record = (...layers: readonly Environment[]): Readonly<Record<string, string>> =>
  Object.fromEntries(layers.flatMap((layer) => [...layer]));

/** The first line of a command, shortened. */
const nameOf = (command: string): string => {
  const line = command.trimStart().split('\n', 1)[0] ?? '';
  const characters = [...line.replace(/\p{Cc}/gu, ' ').trimEnd()];
  return characters.length > MAX_NAME ? `${characters.slice(0, MAX_NAME - 1).join('')}…` : characters.join('');
};

const stepTemplate = ({ name, run, environment }: StepSpec): StepTemplate => ({
  name: name ?? nameOf(run.join('\n')),
  run: run.join('\n'),
  environment: record(environment),
});

const jobTemplate = (pipeline: Pipeline, { name, image = pipeline.image, ...job }: JobSpec): JobTemplate => ({
  name,
  ...(image === undefined ? {} : { image }),
  environment: record(pipeline.environment, job.environment),
  steps: job.steps.map(stepTemplate),
});

const plannedJob = ({ name, needs }: JobSpec): PlannedJob => ({
  id: jobId(name),
  name,
  cell: {},
  needs: needs.map((need) => jobId(need)),
  pool: POOL,
  infrastructureRetries: INFRASTRUCTURE_RETRIES,
  timeoutMs: TIMEOUT_MS,
});

/** What is to run, job by job; a row's template is the one of the same name. Each job comes after what it needs. */
export const planPipeline = (pipeline: Pipeline): Plan => ({
  templates: pipeline.jobs.map((job) => jobTemplate(pipeline, job)),
  jobs: pipeline.jobs.map(plannedJob),
});
