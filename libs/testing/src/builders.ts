import {
  buildId,
  fact,
  ignorable,
  jobId,
  subjects,
  type ArtifactStored,
  type BuildCancelled,
  type BuildFinished,
  type BuildPlanned,
  type BuildRequested,
  type DomainEvent,
  type EndPhaseReached,
  type Ending,
  type Failure,
  type JobAdopted,
  type JobApproved,
  type JobAwaitingApproval,
  type JobFinished,
  type JobLost,
  type JobOutcome,
  type JobStarted,
  type JobTemplate,
  type JobsQueued,
  type JobsSettled,
  type JobsSkipped,
  type Plan,
  type PlannedJob,
  type StepFinished,
  type StepStarted,
  type Trigger,
  type TestsReported,
} from '#events';
import { context } from './specify.js';

/** Small plans, triggers and events with plausible contents: a test names only what it is about. */
export const BUILD_ID = buildId(1, 'test');
export const SHA = '0123456789abcdef0123456789abcdef01234567';

export const triggerOf = (change: Partial<Trigger> = {}): Trigger => ({
  event: 'push',
  ref: 'refs/heads/feature',
  sha: SHA,
  branch: 'feature',
  isDefaultBranch: false,
  title: 'Say hello',
  author: 'ada',
  ...change,
});

/** A pull request from a fork. */
export const forkTrigger = (change: Partial<Trigger> = {}): Trigger => {
  const { branch: _, ...trigger } = triggerOf({
    event: 'pull_request',
    ref: 'refs/pull/7/head',
    pullRequest: { number: 7, head: 'feature', base: 'main', fork: true, title: 'Say hello' },
  });
  return { ...trigger, ...change };
};

export const plannedJob = (
  id: string,
  needs: readonly string[] = [],
  change: Partial<PlannedJob> = {},
): PlannedJob => ({
  id,
  name: id,
  cell: {},
  needs,
  pool: 'default',
  infrastructureRetries: 2,
  timeoutMs: 3_600_000,
  ...change,
});

/** Jobs in order, each with what it needs: `planOf(['lint'], ['test', 'lint'])`. */
export const planOf = (...jobs: readonly (readonly [id: string, ...needs: string[]])[]): Plan =>
  planOfJobs(jobs.map(([id, ...needs]) => plannedJob(id, needs)));

/** `changes`: what a template has besides, by the job's name. */
export const planOfJobs = (
  jobs: readonly PlannedJob[],
  changes: Readonly<Record<string, Partial<JobTemplate>>> = {},
): Plan => ({
  templates: [...new Set(jobs.map(({ name }) => name))].map((name) => ({
    name,
    image: 'busybox:local',
    environment: {},
    steps: [{ name: 'echo hello', run: 'echo hello', environment: {} }],
    ...(Object.hasOwn(changes, name) ? changes[name] : {}),
  })),
  jobs,
});

/** A cell of a matrix: `cellOf('test', { node: '20' })`. */
export const cellOf = (
  name: string,
  cell: PlannedJob['cell'],
  needs: readonly string[] = [],
  change: Partial<PlannedJob> = {},
): PlannedJob => plannedJob(jobId(name, cell), needs, { name, cell, ...change });

const PLAN = subjects.plan(BUILD_ID);
const JOB = subjects.job(BUILD_ID, 'test');

/** Each with another cause, as in life, so that no two have one id. */
let causes = 0;
const built = <Type extends string, Data>(subject: string, type: Type, data: Data): DomainEvent<Type, 1, Data> =>
  fact(type, 1, context(subject, `cause ${(causes += 1)}`), data);

export const requestOf = (trigger: Trigger = triggerOf()): BuildRequested['data'] => ({
  buildId: BUILD_ID,
  repoId: 'gh-1',
  repo: 'ada/engine',
  number: 1,
  trigger,
  origin: { kind: 'delivery', id: '11111111-1111-4111-8111-111111111111' },
});

export const requested = (trigger?: Trigger, change: Partial<BuildRequested['data']> = {}): BuildRequested =>
  built(PLAN, 'BuildRequested', { ...requestOf(trigger), ...change });
export const planned = (plan: Plan): BuildPlanned => built(PLAN, 'BuildPlanned', { plan, diagnostics: [] });
export const queued = (...jobs: readonly (readonly [jobId: string, attempt: number])[]): JobsQueued =>
  built(PLAN, 'JobsQueued', { jobs: jobs.map(([jobId, attempt]) => ({ jobId, attempt, pool: 'default' })) });
export const settled = (...jobs: JobsSettled['data']['jobs']): JobsSettled => built(PLAN, 'JobsSettled', { jobs });
export const skipped = (...jobs: JobsSkipped['data']['jobs']): JobsSkipped => built(PLAN, 'JobsSkipped', { jobs });
const rowsOf = (jobs: readonly string[]) => jobs.map((jobId) => ({ jobId }));
export const jobsAwaitingApproval = (...jobs: readonly string[]): JobAwaitingApproval =>
  built(PLAN, 'JobAwaitingApproval', { jobs: rowsOf(jobs) });
export const jobsApproved = (...jobs: readonly string[]): JobApproved =>
  built(PLAN, 'JobApproved', { jobs: rowsOf(jobs), sha: SHA });
export const cancelled = (data: BuildCancelled['data'] = { reason: 'user' }): BuildCancelled =>
  built(PLAN, 'BuildCancelled', data);
export const finished = (status: BuildFinished['data']['status']): BuildFinished =>
  built(PLAN, 'BuildFinished', { status });

export const INFRASTRUCTURE: Failure = { kind: 'infrastructure', message: 'the engine broke off' };
export const STEP_FAILED: Failure = { kind: 'step', message: 'step 1 ended with exit code 1', step: 1 };

export const jobStarted = (attempt: number, change: Partial<JobStarted['data']> = {}): JobStarted =>
  built(JOB, 'JobStarted', {
    attempt,
    runner: 'runner-a',
    epoch: 'epoch-1',
    executor: 'docker',
    slot: 'slot-1',
    ticket: 100 + attempt,
    ...change,
  });
export const jobAdopted = (attempt: number, epoch: string, runner = 'runner-a'): JobAdopted =>
  built(JOB, 'JobAdopted', { attempt, runner, epoch });
export const stepStarted = (attempt: number, step: number, service?: string): StepStarted =>
  built(JOB, 'StepStarted', { attempt, step, name: `step ${step}`, ...(service === undefined ? {} : { service }) });
export const stepFinished = (attempt: number, step: number, change: Partial<StepFinished['data']> = {}): StepFinished =>
  built(JOB, 'StepFinished', {
    attempt,
    step,
    outcome: 'passed',
    exitCode: 0,
    lines: 1,
    bytes: 6,
    chain: 'c'.repeat(64),
    ...change,
  });
export const artifactStored = (
  attempt: number,
  name: string,
  change: Partial<ArtifactStored['data']> = {},
): ArtifactStored =>
  built(JOB, 'ArtifactStored', { attempt, name, bytes: 6, sha256: 'a'.repeat(64), key: `key-of-${name}`, ...change });
export const testsReported = (attempt: number, change: Partial<TestsReported['data']> = {}): TestsReported =>
  built(JOB, 'TestsReported', {
    ...{ attempt, totals: { passed: 12, failed: 1, errors: 0, skipped: 2 }, files: 1 },
    ...{ report: { sha256: 'b'.repeat(64), bytes: 100 }, unread: [], cut: { cases: 0, texts: 0 } },
    ...change,
  });
export const endPhaseReached = (attempt: number, ending: Ending): EndPhaseReached =>
  ignorable(built(JOB, 'EndPhaseReached', { attempt, ...ending }));
export const jobFinished = (attempt: number, outcome: JobOutcome = 'passed', failure?: Failure): JobFinished =>
  built(JOB, 'JobFinished', { attempt, outcome, ...(failure ? { failure } : {}) });
export const jobLost = (attempt: number, reason = 'its heartbeat is missing'): JobLost =>
  built(JOB, 'JobLost', { attempt, reason });
