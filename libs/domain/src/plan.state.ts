import type {
  AttemptOutcome,
  BuildCancelled,
  BuildRequested,
  Failure,
  JobsSkipped,
  JobTemplate,
  Plan,
  PlanEvent,
  PlannedJob,
} from '#events';
import { PlanJobs } from './plan.jobs.js';

/** `queued`: admitted; its runner may have started. The job's own aggregate knows more. */
export type PlanJobStatus = 'waiting' | 'awaiting_approval' | 'queued' | 'passed' | 'failed' | 'cancelled' | 'skipped';

export type PlanJob = Readonly<{
  planned: PlannedJob;
  status: PlanJobStatus;
  /** The newest attempt that was queued; 0 before the first. */
  attempt: number;
  /** Attempts that the runner or the engine spoilt. */
  spoilt: number;
  failure?: Failure;
  /** It was skipped by its own `when`, which holds up nobody. */
  byWhen?: true;
  /** The request with which a person said yes. */
  approvedBy?: string;
  /** It is to end, wherever it is. */
  cancelled?: true;
  /** What it wrote for its dependants. */
  outputs?: Readonly<Record<string, string>>;
  /** When it came to its status. */
  at: string;
}>;

export type PlanState = Readonly<{
  request?: BuildRequested['data'];
  requestedAt?: string;
  plan?: Plan;
  /** By job name. */
  templates: ReadonlyMap<string, JobTemplate>;
  /** By job id, in the plan's order. */
  jobs: PlanJobs;
  awaitsApproval: boolean;
  /** The request that approved it. */
  approvedBy?: string;
  rejected: boolean;
  cancelled?: BuildCancelled['data'];
  finished?: 'passed' | 'failed' | 'cancelled';
}>;

export const initialPlan = (): PlanState => ({
  templates: new Map(),
  jobs: PlanJobs.of([], ''),
  awaitsApproval: false,
  rejected: false,
});

const changed = <Row extends Readonly<{ jobId: string }>>(
  state: PlanState,
  rows: readonly Row[],
  change: (job: PlanJob, row: Row) => PlanJob,
): PlanState => ({ ...state, jobs: state.jobs.with(rows, change) });

const settledStatus = (outcome: AttemptOutcome, again: boolean): PlanJobStatus => {
  if (again) return 'waiting';
  return outcome === 'lost' ? 'failed' : outcome;
};

export const skippedJob = (job: PlanJob, row: JobsSkipped['data']['jobs'][number]): PlanJob => ({
  ...job,
  status: row.reason === 'cancelled' ? 'cancelled' : 'skipped',
  ...(row.reason === 'when' && !row.fault ? { byWhen: true } : {}),
});

/** Who has a runner ends when that has ended it. */
const cancelledJob = (job: PlanJob, at: string): PlanJob =>
  job.status === 'queued' ? { ...job, cancelled: true } : { ...job, status: 'cancelled', at, cancelled: true };

const evolve = (state: PlanState, event: PlanEvent): PlanState => {
  switch (event.type) {
    case 'BuildRequested':
      return { ...state, request: event.data, requestedAt: event.at };
    case 'BuildPlanned': {
      const { plan } = event.data;
      const templates = new Map(plan.templates.map((one) => [one.name, one]));
      return { ...state, plan, templates, jobs: PlanJobs.of(plan.jobs, event.at) };
    }
    case 'BuildRejected':
      return { ...state, rejected: true };
    case 'BuildAwaitingApproval':
      return { ...state, awaitsApproval: true };
    case 'BuildApproved':
      return { ...state, awaitsApproval: false, approvedBy: event.cause };
    case 'JobAwaitingApproval':
      return changed(state, event.data.jobs, (job) => ({ ...job, status: 'awaiting_approval', at: event.at }));
    case 'JobApproved':
      return changed(state, event.data.jobs, (job) => ({
        ...job,
        status: 'waiting',
        at: event.at,
        approvedBy: event.cause,
      }));
    case 'JobsQueued':
      return changed(state, event.data.jobs, (job, { attempt }) => ({
        ...job,
        status: 'queued',
        at: event.at,
        attempt,
      }));
    case 'JobsSkipped':
      return changed(state, event.data.jobs, (job, row) => ({ ...skippedJob(job, row), at: event.at }));
    case 'JobsSettled':
      return changed(state, event.data.jobs, (job, row) => {
        const { failure: _, ...rest } = job;
        return {
          ...rest,
          status: settledStatus(row.outcome, row.again),
          at: event.at,
          spoilt: job.spoilt + (row.outcome === 'lost' || row.failure?.kind === 'infrastructure' ? 1 : 0),
          ...(row.failure ? { failure: row.failure } : {}),
          ...(row.outputs ? { outputs: row.outputs } : {}),
        };
      });
    case 'JobsCancelled':
      return changed(state, event.data.jobs, (job) => cancelledJob(job, event.at));
    case 'BuildCancelled':
      return { ...state, cancelled: event.data };
    case 'BuildFinished':
      return { ...state, finished: event.data.status };
    default:
      event satisfies never;
      return state;
  }
};

/**
 * A decision folds its own events to see what follows, and whoever writes them folds them again: neither states nor events
 * change, so the second fold is the first one's, with all that was worked out about it. Each state knows its last successor.
 */
const successors = new WeakMap<PlanState, Readonly<{ event: PlanEvent; state: PlanState }>>();

export const evolvePlan = (state: PlanState, event: PlanEvent): PlanState => {
  const known = successors.get(state);
  if (known?.event === event) return known.state;
  const next = evolve(state, event);
  successors.set(state, { event, state: next });
  return next;
};

/** Nothing more will happen to the build. */
export const isOver = (state: PlanState): boolean => state.rejected || state.finished !== undefined;

/** The job has not ended. */
export const OPEN: ReadonlySet<PlanJobStatus> = new Set<PlanJobStatus>(['waiting', 'awaiting_approval', 'queued']);

export const isSettled = ({ status }: PlanJob): boolean => !OPEN.has(status);

/** Whoever works on the job is to end it. */
export const isJobCancelled = ({ cancelled, jobs }: PlanState, jobId: string): boolean =>
  (cancelled !== undefined && !cancelled.spared?.includes(jobId)) || jobs.get(jobId)?.cancelled === true;

/** Since when the build or one of its jobs has waited for a person; the longest. */
export const awaitsSince = (state: PlanState): string | undefined => {
  if (isOver(state) || state.cancelled) return undefined;
  if (state.awaitsApproval) return state.requestedAt;
  const times = [...state.jobs.values()].flatMap(({ status, at }) => (status === 'awaiting_approval' ? [at] : []));
  return times.sort()[0];
};

export const templateOf = (state: PlanState, { planned }: PlanJob): JobTemplate | undefined =>
  state.templates.get(planned.name);
