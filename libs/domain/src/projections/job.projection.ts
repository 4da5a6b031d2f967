import type {
  JobEvent,
  JobsCancelled,
  JobsQueued,
  JobsSettled,
  JobsSkipped,
  JobTemplate,
  LogEvent,
  PlannedJob,
} from '#events';
import type { EndingView, JobView, StepView } from '../views.js';
import { cleanUpView, phaseView, toldView } from './ending.projection.js';
import {
  AWAITS_APPROVAL,
  titleOf,
  whyEndedByGroup,
  whyQueued,
  whySkipped,
  whyWaiting,
  type Limits,
} from './reasons.js';
import { endedSteps, freshSteps, plannedSteps, withStepEvent } from './step.projection.js';

/** An attempt before the newest, with its steps as they were: its log can still be read. */
export type PastAttempt = Readonly<{ attempt: number; steps: readonly StepView[] }>;
export type JobProgress = Readonly<{
  view: JobView;
  pool: string;
  past: readonly PastAttempt[];
  limits: Limits;
  /** Why it is to end wherever it runs. */
  toEnd?: string;
}>;

/** What a reader of a log must know of an attempt. `over`: nothing more will happen in it. */
export type AttemptView = Readonly<{ attempt: number; over: boolean; status: string; steps: readonly StepView[] }>;

const NO_ARTIFACTS: JobView['artifacts'] = { files: 0, bytes: 0 };

export const plannedJob = (planned: PlannedJob, template: JobTemplate | undefined): JobProgress => {
  const { maxParallel } = template ?? {};
  const group = planned.group?.name;
  const limits = { ...(maxParallel === undefined ? {} : { maxParallel }), ...(group === undefined ? {} : { group }) };
  const view: JobView = {
    id: planned.id,
    name: planned.name,
    cell: planned.cell,
    title: titleOf(planned),
    needs: planned.needs,
    status: 'waiting',
    allowFailure: template?.allowFailure ?? false,
    why: planned.why ?? null,
    attempt: 0,
    reason: whyWaiting(planned.needs, limits),
    failure: null,
    image: template?.image ?? null,
    runner: null,
    executor: null,
    queuedAt: null,
    startedAt: null,
    finishedAt: null,
    steps: plannedSteps(template, planned.cell),
    artifacts: NO_ARTIFACTS,
    tests: null,
    ending: [],
    earlier: [],
  };
  return { view, pool: planned.pool, past: [], limits };
};

const withView = (job: JobProgress, change: Partial<JobView>): JobProgress => ({
  ...job,
  view: { ...job.view, ...change },
});

/** Why it ran, or was made to end. */
const whyRan = ({ view, toEnd }: JobProgress): string | null => toEnd ?? view.why?.detail ?? null;

const withEarlier = (view: JobView, attempt: number, outcome: string, reason: string | null): JobView['earlier'] => [
  ...view.earlier.filter((one) => one.attempt !== attempt),
  { attempt, outcome, reason, ending: view.ending },
];

/** The place of an earlier attempt may be removed when the next has begun. */
const withEnding = (job: JobProgress, attempt: number, entry: EndingView): JobProgress => {
  const { view } = job;
  const earlier = view.earlier.map((one) =>
    one.attempt === attempt ? { ...one, ending: [...one.ending, entry] } : one,
  );
  const ending = attempt === view.attempt ? { ending: [...view.ending, entry] } : {};
  return withView(job, { earlier, ...ending });
};

/** The build is cancelled: what runs is to be ended, and its runner told so. */
export const toldJob = (job: JobProgress, at: string): JobProgress =>
  job.view.status === 'running' && job.view.ending.length === 0 ? withEnding(job, job.view.attempt, toldView(at)) : job;

/** A new attempt begins: the one before is put away. An older number changes nothing. */
const begun = (job: JobProgress, attempt: number): JobProgress => {
  const { view } = job;
  if (attempt <= view.attempt) return job;
  const hadAttempt = view.attempt > 0;
  const told = view.earlier.some((one) => one.attempt === view.attempt);
  return {
    ...job,
    past: hadAttempt ? [...job.past, { attempt: view.attempt, steps: view.steps }] : job.past,
    view: {
      ...view,
      attempt,
      failure: null,
      runner: null,
      executor: null,
      queuedAt: null,
      startedAt: null,
      finishedAt: null,
      steps: freshSteps(view.steps),
      artifacts: NO_ARTIFACTS,
      tests: null,
      ending: [],
      earlier: hadAttempt && !told ? withEarlier(view, view.attempt, view.status, view.reason) : view.earlier,
    },
  };
};

export const queuedJob = (
  job: JobProgress,
  { attempt, pool }: JobsQueued['data']['jobs'][number],
  at: string,
): JobProgress => {
  if (attempt <= job.view.attempt) return job;
  return { ...withView(begun(job, attempt), { status: 'queued', reason: whyQueued(pool), queuedAt: at }), pool };
};

export const awaitingJob = (job: JobProgress): JobProgress =>
  withView(job, { status: 'awaiting_approval', reason: AWAITS_APPROVAL });

export const approvedJob = (job: JobProgress): JobProgress =>
  job.view.status === 'awaiting_approval'
    ? withView(job, { status: 'waiting', reason: whyWaiting([], job.limits) })
    : job;

/** One that has a runner ends when that has ended it. */
export const cancelledJob = (
  job: JobProgress,
  { group }: JobsCancelled['data']['jobs'][number],
  at: string,
): JobProgress => {
  const reason = whyEndedByGroup(group);
  const { status } = job.view;
  if (status !== 'waiting' && status !== 'awaiting_approval') {
    return { ...withView(toldJob(job, at), { reason }), toEnd: reason };
  }
  return withView(job, {
    ...{ status: 'cancelled', reason, finishedAt: at },
    steps: endedSteps(job.view.steps, at, 'cancelled'),
  });
};

/** `because`: the job that the row names. */
export const skippedJob = (
  job: JobProgress,
  row: JobsSkipped['data']['jobs'][number],
  because: JobView | undefined,
  at: string,
): JobProgress => {
  const { reason, detail = '', line } = row;
  const why = { runs: false, detail, ...(line === undefined ? {} : { line }) };
  return withView(job, {
    status: 'skipped',
    reason: whySkipped(row, because),
    ...(reason === 'when' ? { why } : {}),
    finishedAt: at,
    steps: endedSteps(job.view.steps, at, 'cancelled'),
  });
};

/** `open`: names of jobs that have not ended. */
export const waitingJob = (job: JobProgress, open: ReadonlySet<string>): JobProgress => {
  const { status, attempt, needs, reason: before } = job.view;
  if (status !== 'waiting' || attempt > 0) return job;
  const reason = whyWaiting(
    needs.filter((need) => open.has(need)),
    job.limits,
  );
  return reason === before ? job : withView(job, { reason });
};

/** What the plan says of an attempt counts more than what its runner said. */
export const settledJob = (
  before: JobProgress,
  settled: JobsSettled['data']['jobs'][number],
  at: string,
): JobProgress => {
  const { attempt, outcome, failure, again } = settled;
  const job = begun(before, attempt);
  const { view } = job;
  if (attempt !== view.attempt) return job;
  const reason = failure?.message ?? (outcome === 'lost' ? (view.reason ?? 'its runner was lost') : whyRan(job));
  const final = outcome === 'lost' ? 'failed' : outcome;
  return withView(job, {
    status: again ? 'waiting' : final,
    reason,
    failure: failure ?? null,
    finishedAt: view.finishedAt ?? at,
    steps: endedSteps(view.steps, at, outcome === 'failed' ? 'failed' : 'cancelled'),
    earlier: again
      ? withEarlier(view, attempt, outcome, reason)
      : view.earlier.filter((one) => one.attempt !== attempt),
  });
};

const withSteps = (
  job: JobProgress,
  attempt: number,
  change: (steps: readonly StepView[]) => StepView[],
): JobProgress => {
  if (attempt === job.view.attempt) return withView(job, { steps: change(job.view.steps) });
  const past = job.past.map((one) => (one.attempt === attempt ? { ...one, steps: change(one.steps) } : one));
  return { ...job, past };
};

/** What the runner of an attempt says, and what was kept of its log. */
export const evolveJob = (before: JobProgress, event: JobEvent | LogEvent): JobProgress => {
  const { attempt } = event.data;
  const job = event.type === 'LogStored' ? before : begun(before, attempt);
  const isNewest = attempt === job.view.attempt;
  switch (event.type) {
    case 'StepStarted': {
      const begunStep = withSteps(job, attempt, (steps) => withStepEvent(steps, event));
      return event.data.cleanUp ? withEnding(begunStep, attempt, cleanUpView(event)) : begunStep;
    }
    case 'EndPhaseReached':
      return withEnding(job, attempt, phaseView(event));
    case 'StepFinished':
    case 'LogStored':
      return withSteps(job, attempt, (steps) => withStepEvent(steps, event));
    case 'JobStarted': {
      const { runner, executor } = event.data;
      return isNewest
        ? withView(job, { status: 'running', reason: whyRan(job), runner, executor, startedAt: event.at })
        : job;
    }
    case 'JobAdopted':
      return isNewest ? withView(job, { runner: event.data.runner }) : job;
    case 'ArtifactStored': {
      const { files, bytes } = job.view.artifacts;
      return isNewest ? withView(job, { artifacts: { files: files + 1, bytes: bytes + event.data.bytes } }) : job;
    }
    case 'TestsReported':
      return isNewest ? withView(job, { tests: event.data.totals }) : job;
    case 'JobFinished': {
      const { outcome, failure } = event.data;
      if (!isNewest) return job;
      const steps = endedSteps(job.view.steps, event.at, outcome === 'cancelled' ? 'cancelled' : 'failed');
      const reason = failure?.message ?? whyRan(job);
      return withView(job, { status: outcome, reason, failure: failure ?? null, finishedAt: event.at, steps });
    }
    case 'JobLost': {
      if (!isNewest) return job;
      const steps = endedSteps(job.view.steps, event.at, 'cancelled');
      const earlier = withEarlier(job.view, attempt, 'lost', event.data.reason);
      return withView(job, { status: 'waiting', reason: event.data.reason, finishedAt: event.at, steps, earlier });
    }
    default:
      event satisfies never;
      return job;
  }
};

/** The attempt; undefined for one that was never made. Of a job that has not begun, attempt 1 is known in advance. */
export const attemptOf = ({ view, past }: JobProgress, attempt: number): AttemptView | undefined => {
  const told = view.earlier.find((one) => one.attempt === attempt);
  if (attempt === Math.max(1, view.attempt))
    return {
      attempt,
      over: view.finishedAt !== null,
      status: told?.outcome ?? view.status,
      steps: view.steps,
    };
  const before = past.find((one) => one.attempt === attempt);
  return before && { attempt, over: true, status: told?.outcome ?? 'lost', steps: before.steps };
};
