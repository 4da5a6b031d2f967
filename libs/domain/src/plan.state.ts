import type { AttemptOutcome, BuildRequested, CancelReason, Failure, Plan, PlanEvent, PlannedJob } from '#events';

/** `queued`: admitted; its runner may have started. The job's own aggregate knows more. */
export type PlanJobStatus = 'waiting' | 'queued' | 'passed' | 'failed' | 'cancelled' | 'skipped';

export type PlanJob = Readonly<{
  planned: PlannedJob;
  status: PlanJobStatus;
  /** The newest attempt that was queued; 0 before the first. */
  attempt: number;
  /** Attempts that the runner or the engine spoilt. */
  spoilt: number;
  failure?: Failure;
}>;

export type PlanState = Readonly<{
  request?: BuildRequested['data'];
  requestedAt?: string;
  plan?: Plan;
  /** By job id, in the plan's order. */
  jobs: ReadonlyMap<string, PlanJob>;
  awaitsApproval: boolean;
  /** The request that approved it. */
  approvedBy?: string;
  rejected: boolean;
  cancelled?: Readonly<{ reason: CancelReason; by?: string }>;
  finished?: 'passed' | 'failed' | 'cancelled';
}>;

export const initialPlan = (): PlanState => ({ jobs: new Map(), awaitsApproval: false, rejected: false });

const changed = (
  state: PlanState,
  rows: readonly Readonly<{ jobId: string }>[],
  change: (job: PlanJob, index: number) => PlanJob,
): PlanState => {
  const jobs = new Map(state.jobs);
  rows.forEach(({ jobId }, index) => {
    const job = jobs.get(jobId);
    if (job) jobs.set(jobId, change(job, index));
  });
  return { ...state, jobs };
};

const settledStatus = (outcome: AttemptOutcome, again: boolean): PlanJobStatus => {
  if (again) return 'waiting';
  return outcome === 'lost' ? 'failed' : outcome;
};

export const evolvePlan = (state: PlanState, event: PlanEvent): PlanState => {
  switch (event.type) {
    case 'BuildRequested':
      return { ...state, request: event.data, requestedAt: event.at };
    case 'BuildPlanned': {
      const jobs = event.data.plan.jobs.map((planned): [string, PlanJob] => [
        planned.id,
        { planned, status: 'waiting', attempt: 0, spoilt: 0 },
      ]);
      return { ...state, plan: event.data.plan, jobs: new Map(jobs) };
    }
    case 'BuildRejected':
      return { ...state, rejected: true };
    case 'BuildAwaitingApproval':
      return { ...state, awaitsApproval: true };
    case 'BuildApproved':
      return { ...state, awaitsApproval: false, approvedBy: event.cause };
    case 'JobsQueued':
      return changed(state, event.data.jobs, (job, index) => ({
        ...job,
        status: 'queued',
        attempt: event.data.jobs[index]?.attempt ?? job.attempt,
      }));
    case 'JobsSkipped':
      return changed(state, event.data.jobs, (job, index) => ({
        ...job,
        status: event.data.jobs[index]?.reason === 'cancelled' ? 'cancelled' : 'skipped',
      }));
    case 'JobsSettled':
      return changed(state, event.data.jobs, (job, index) => {
        const row = event.data.jobs[index];
        if (!row) return job;
        const { failure: _, ...rest } = job;
        return {
          ...rest,
          status: settledStatus(row.outcome, row.again),
          spoilt: job.spoilt + (row.outcome === 'lost' || row.failure?.kind === 'infrastructure' ? 1 : 0),
          ...(row.failure ? { failure: row.failure } : {}),
        };
      });
    case 'BuildCancelled':
      return { ...state, cancelled: event.data };
    case 'BuildFinished':
      return { ...state, finished: event.data.status };
    default:
      event satisfies never;
      return state;
  }
};

/** Nothing more will happen to the build. */
export const isOver = (state: PlanState): boolean => state.rejected || state.finished !== undefined;

export const isSettled = (job: PlanJob): boolean => job.status !== 'waiting' && job.status !== 'queued';

/** The jobs that could run now, in the plan's order. */
export const readyJobs = (state: PlanState): readonly PlanJob[] => {
  if (isOver(state) || state.cancelled || state.awaitsApproval) return [];
  return [...state.jobs.values()].filter(
    (job) => job.status === 'waiting' && job.planned.needs.every((need) => state.jobs.get(need)?.status === 'passed'),
  );
};
