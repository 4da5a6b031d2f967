import type { BuildView, JobView, StepView } from '#domain';
import { subjects } from '#events';
import type { BuildFeed, JobFact } from './build-feed.js';
import type { ExpectedBuild, ExpectedJob } from './run-scenario.js';

/** A job by its name and cell, as in `test node=20`. */
export const jobTitle = ({ name, cell }: Pick<JobView, 'name' | 'cell'>): string =>
  [name, ...Object.entries(cell).map(([key, value]) => `${key}=${value}`)].join(' ');

/** Finds words where some are expected: they stand for the whole text that has them in it. */
const withWords = (actual: string | null | undefined, words: string): string =>
  (actual ?? '').includes(words) ? words : (actual ?? 'nothing');

const stepWord = ({ status, exitCode }: StepView): string => (exitCode ? `${status} ${exitCode}` : status);

const mostAtOnce = (facts: readonly JobFact[]): number => {
  const running = new Set<string>();
  let most = 0;
  for (const { jobId, event } of facts) {
    if (event.type === 'JobStarted') running.add(jobId);
    if (event.type === 'JobFinished' || event.type === 'JobLost') running.delete(jobId);
    most = Math.max(most, running.size);
  }
  return most;
};

const outputsOf = (facts: readonly JobFact[], id: string): Readonly<Record<string, string>> => {
  const last = facts.findLast(({ jobId, event }) => jobId === id && event.type === 'JobFinished')?.event;
  return last?.type === 'JobFinished' ? (last.data.outputs ?? {}) : {};
};

const logWord = (text: string, expected: string | readonly string[]): string | readonly string[] =>
  typeof expected === 'string'
    ? withWords(text, expected)
    : text.split('\n').filter((line, i, all) => line !== '' || i < all.length - 1);

/** What became of a job, in the words and with the keys of what is expected of it. */
const jobOutcome = (job: JobView, expected: ExpectedJob | undefined, build: string, feed: BuildFeed): unknown => {
  if (expected === undefined || typeof expected === 'string') return job.status;
  const { reason, failure, attempt, earlier, steps, prepare, log, outputs, artifacts, tests } = expected;
  const [preparation, ...own] = job.steps;
  return {
    is: job.status,
    ...(reason === undefined ? {} : { reason: withWords(job.reason, reason) }),
    ...(failure === undefined ? {} : { failure: job.failure?.kind ?? 'none' }),
    ...(attempt === undefined ? {} : { attempt: job.attempt }),
    ...(earlier && {
      earlier: job.earlier.map((one, i) => withWords(`${one.outcome}: ${one.reason}`, earlier[i] ?? '?')),
    }),
    ...(prepare === undefined ? {} : { prepare: preparation && stepWord(preparation) }),
    ...(steps && { steps: own.map(stepWord) }),
    ...(log && {
      log: Object.fromEntries(
        Object.entries(log).map(([step, words]) => [
          step,
          logWord(feed.log(subjects.logs(build, job.id, job.attempt, Number(step))), words),
        ]),
      ),
    }),
    ...(outputs && { outputs: outputsOf(feed.facts(build), job.id) }),
    ...(artifacts === undefined ? {} : { artifacts: job.artifacts.files }),
    ...(tests && { tests: Object.fromEntries(Object.keys(tests).map((key) => [key, { ...job.tests }[key]])) }),
  };
};

/** What became of a build, in the words and with the keys of what is expected of it. */
export const outcomeOf = (view: BuildView, expected: ExpectedBuild, feed: BuildFeed): unknown => {
  const facts = feed.facts(view.id);
  const titles = new Map(view.jobs.map((job) => [job.id, jobTitle(job)]));
  return {
    build: view.status,
    ...(expected.reason === undefined ? {} : { reason: withWords(view.reason, expected.reason) }),
    jobs: Object.fromEntries(
      view.jobs.map((job) => [jobTitle(job), jobOutcome(job, expected.jobs[jobTitle(job)], view.id, feed)]),
    ),
    ...(expected.together === undefined ? {} : { together: mostAtOnce(facts) }),
    ...(expected.order && {
      order: facts.flatMap(({ jobId, event }) => (event.type === 'JobStarted' ? [titles.get(jobId)] : [])),
    }),
  };
};
