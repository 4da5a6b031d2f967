import type {
  BuildFinished,
  BuildRequested,
  CairnEvent,
  Diagnostic,
  JobEvent,
  JobsSkipped,
  LogEvent,
  PlanEvent,
} from '#events';
import type { BuildSummary, BuildView } from '../views.js';
import {
  approvedJob,
  awaitingJob,
  cancelledJob,
  evolveJob,
  plannedJob,
  queuedJob,
  settledJob,
  skippedJob,
  toldJob,
  waitingJob,
  type JobProgress,
} from './job.projection.js';
import { whyAwaiting, whyCancelled, whyRejected } from './reasons.js';

export type BuildProgress = Readonly<{
  summary: BuildSummary;
  diagnostics: readonly Diagnostic[];
  /** In the plan's order. */
  jobs: readonly JobProgress[];
}>;

const requested = ({ at, data }: BuildRequested): BuildProgress => ({
  summary: {
    id: data.buildId,
    number: data.number,
    repoId: data.repoId,
    repo: data.repo,
    sha: data.trigger.sha,
    ref: data.trigger.ref,
    branch: data.trigger.branch ?? null,
    tag: data.trigger.tag ?? null,
    event: data.trigger.event,
    title: data.trigger.title,
    author: data.trigger.author,
    pullRequest: data.trigger.pullRequest?.number ?? null,
    status: 'requested',
    reason: null,
    why: null,
    cancelReason: null,
    createdAt: at,
    startedAt: null,
    finishedAt: null,
  },
  diagnostics: [],
  jobs: [],
});

const withSummary = (state: BuildProgress, change: Partial<BuildSummary>): BuildProgress => ({
  ...state,
  summary: { ...state.summary, ...change },
});

const withJobs = <Row extends Readonly<{ jobId: string }>>(
  state: BuildProgress,
  rows: readonly Row[],
  change: (job: JobProgress, row: Row) => JobProgress,
): BuildProgress => {
  const byId = new Map(rows.map((row) => [row.jobId, row]));
  const jobs = state.jobs.map((job) => {
    const row = byId.get(job.view.id);
    return row ? change(job, row) : job;
  });
  return { ...state, jobs };
};

/** One after another, since a job may be skipped because of one that was skipped just before. */
const withSkips = (state: BuildProgress, rows: JobsSkipped['data']['jobs'], at: string): BuildProgress => {
  const jobs = new Map(state.jobs.map((job) => [job.view.id, job]));
  for (const row of rows) {
    const job = jobs.get(row.jobId);
    if (job) jobs.set(row.jobId, skippedJob(job, row, jobs.get(row.because ?? '')?.view, at));
  }
  return { ...state, jobs: [...jobs.values()] };
};

const BEGUN: ReadonlySet<string> = new Set(['planned', 'running', 'awaiting_approval']);
const OPEN: ReadonlySet<string> = new Set(['waiting', 'awaiting_approval', 'queued', 'running']);

const openNames = ({ jobs }: BuildProgress): ReadonlySet<string> =>
  new Set(jobs.flatMap(({ view }) => (OPEN.has(view.status) ? [view.name] : [])));

/** What has ended is waited for no more. */
const withReasons = (state: BuildProgress): BuildProgress => {
  const open = openNames(state);
  return { ...state, jobs: state.jobs.map((job) => waitingJob(job, open)) };
};

const isAsked = ({ view }: JobProgress): boolean => view.status === 'awaiting_approval';

/** A build in which nothing can go on until a person says yes to a job waits for that. One that waits for its own goes before. */
const withApprovals = (before: BuildProgress, state: BuildProgress): BuildProgress => {
  const { status, cancelReason, startedAt } = state.summary;
  const waitsItself = before.summary.status === 'awaiting_approval' && !before.jobs.some(isAsked);
  if (waitsItself || !BEGUN.has(status) || cancelReason !== null) return state;
  const jobs = state.jobs.map(({ view }) => view);
  const asked = jobs.flatMap((job) => (job.status === 'awaiting_approval' ? [job.name] : []));
  const open = openNames(state);
  const goesOn = jobs.some(
    (job) =>
      job.status === 'queued' ||
      job.status === 'running' ||
      (job.status === 'waiting' && !job.needs.some((need) => open.has(need))),
  );
  if (asked.length > 0 && !goesOn)
    return withSummary(state, { status: 'awaiting_approval', reason: whyAwaiting([...new Set(asked)]) });
  if (status !== 'awaiting_approval') return state;
  return withSummary(state, { status: startedAt === null ? 'planned' : 'running', reason: null });
};

/** A build may end as cancelled because of one of its jobs only. */
const whyEnded = ({ jobs }: BuildProgress, { data }: BuildFinished): string | null => {
  const job = data.status === 'cancelled' ? jobs.find(({ view }) => view.status === 'cancelled') : undefined;
  return job?.view.reason ?? null;
};

const evolvePlan = (state: BuildProgress, event: PlanEvent): BuildProgress => {
  const { summary } = state;
  switch (event.type) {
    case 'BuildRequested':
      return state; // requested twice in one history: the first one counts
    case 'BuildPlanned': {
      const { plan, diagnostics } = event.data;
      const status = summary.status === 'requested' ? 'planned' : summary.status;
      const templates = new Map(plan.templates.map((template) => [template.name, template]));
      const jobs = plan.jobs.map((planned) => plannedJob(planned, templates.get(planned.name)));
      return { ...withSummary(state, { status, why: plan.why ?? null }), diagnostics, jobs };
    }
    case 'BuildRejected': {
      const { diagnostics } = event.data;
      const reason = whyRejected(diagnostics);
      return { ...withSummary(state, { status: 'rejected', reason, finishedAt: event.at }), diagnostics };
    }
    case 'BuildAwaitingApproval':
      return withSummary(state, {
        status: 'awaiting_approval',
        reason: 'the pull request comes from a fork: it waits for an approval',
      });
    case 'BuildApproved':
      if (summary.status !== 'awaiting_approval') return state;
      return withSummary(state, { status: state.jobs.length > 0 ? 'planned' : 'requested', reason: null });
    case 'JobAwaitingApproval':
      return withApprovals(state, withJobs(state, event.data.jobs, awaitingJob));
    case 'JobApproved':
      return withApprovals(state, withJobs(state, event.data.jobs, approvedJob));
    case 'JobsCancelled':
      return withReasons(withJobs(state, event.data.jobs, (job, row) => cancelledJob(job, row, event.at)));
    case 'JobsQueued':
      return withApprovals(
        state,
        withJobs(state, event.data.jobs, (job, row) => queuedJob(job, row, event.at)),
      );
    case 'JobsSkipped':
      return withApprovals(state, withReasons(withSkips(state, event.data.jobs, event.at)));
    case 'JobsSettled':
      return withApprovals(
        state,
        withReasons(withJobs(state, event.data.jobs, (job, row) => settledJob(job, row, event.at))),
      );
    case 'BuildCancelled': {
      const { reason, spared = [] } = event.data;
      const jobs = state.jobs.map((job) => (spared.includes(job.view.id) ? job : toldJob(job, event.at)));
      return { ...withSummary(state, { cancelReason: reason, reason: whyCancelled(event) }), jobs };
    }
    case 'BuildFinished':
      return withSummary(state, {
        ...event.data,
        reason: summary.reason ?? whyEnded(state, event),
        finishedAt: event.at,
      });
    default:
      event satisfies never;
      return state;
  }
};

const NOT_BEGUN: ReadonlySet<string> = new Set(['requested', 'planned', 'awaiting_approval']);

const withJobEvent = (state: BuildProgress, jobId: string, event: JobEvent | LogEvent): BuildProgress => {
  const evolved = withJobs(state, [{ jobId }], (job) => evolveJob(job, event));
  if (event.type !== 'JobStarted' || !NOT_BEGUN.has(state.summary.status)) return evolved;
  return withSummary(evolved, {
    status: 'running',
    reason: state.summary.cancelReason && state.summary.reason,
    startedAt: event.at,
  });
};

/**
 * A build after one more event of its subjects; `jobId` is that of the subject, where it has one. The same object when
 * nothing changed, undefined as long as the build was not requested. Never throws, whatever the order.
 */
export const evolveBuild = (
  state: BuildProgress | undefined,
  event: CairnEvent,
  jobId: string | undefined,
): BuildProgress | undefined => {
  if (!state) return event.type === 'BuildRequested' ? requested(event) : undefined;
  switch (event.type) {
    case 'BuildRequested':
    case 'BuildPlanned':
    case 'BuildRejected':
    case 'BuildAwaitingApproval':
    case 'BuildApproved':
    case 'JobAwaitingApproval':
    case 'JobApproved':
    case 'JobsCancelled':
    case 'JobsQueued':
    case 'JobsSkipped':
    case 'JobsSettled':
    case 'BuildCancelled':
    case 'BuildFinished':
      return evolvePlan(state, event);
    case 'JobStarted':
    case 'JobAdopted':
    case 'StepStarted':
    case 'StepFinished':
    case 'ArtifactStored':
    case 'TestsReported':
    case 'EndPhaseReached':
    case 'JobFinished':
    case 'JobLost':
    case 'LogStored':
      return jobId !== undefined && state.jobs.some(({ view }) => view.id === jobId)
        ? withJobEvent(state, jobId, event)
        : state;
    default:
      return state; // notices and the events of other aggregates tell nothing about a build
  }
};

export const buildView = ({ summary, diagnostics, jobs }: BuildProgress): BuildView => ({
  ...summary,
  diagnostics,
  jobs: jobs.map(({ view }) => view),
});
