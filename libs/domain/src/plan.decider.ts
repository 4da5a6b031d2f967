import {
  fact,
  type AttemptOutcome,
  type BuildFinished,
  type BuildRequested,
  type CancelReason,
  type CommandContext,
  type Decider,
  type Diagnostic,
  type Failure,
  type Plan,
  type PlanEvent,
} from '#events';
import { BuildNotRequested, CommandRefused } from '#errors';
import {
  awaitsSince,
  evolvePlan,
  initialPlan,
  isJobCancelled,
  isOver,
  isSettled,
  templateOf,
  type PlanJob,
  type PlanState,
} from './plan.state.js';
import { openJobs, readyAmong, skipsOf, unapprovedJobs } from './plan.survey.js';
import type { Skip } from './plan.verdict.js';

export type SettledAttempt = Readonly<{
  jobId: string;
  attempt: number;
  outcome: AttemptOutcome;
  failure?: Failure;
  outputs?: Readonly<Record<string, string>>;
}>;

export type PlanCommand = CommandContext &
  (
    | Readonly<{ type: 'RequestBuild'; request: BuildRequested['data']; supersededBy?: string }>
    | Readonly<{ type: 'PlanBuild'; plan: Plan; diagnostics: readonly Diagnostic[] }>
    | Readonly<{ type: 'RejectBuild'; diagnostics: readonly Diagnostic[] }>
    | Readonly<{ type: 'ApproveBuild'; sha: string }>
    | Readonly<{ type: 'ApproveJob'; sha: string; job: string }>
    /** `before`: who has waited since an earlier time has waited too long. */
    | Readonly<{ type: 'ExpireApprovals'; before: string }>
    | Readonly<{ type: 'QueueJobs'; jobs: readonly string[] }>
    | Readonly<{ type: 'SettleJobs'; jobs: readonly SettledAttempt[] }>
    /** `by`: the newer build that wants the group. */
    | Readonly<{ type: 'CancelJobs'; jobs: readonly string[]; group: string; by: string }>
    | Readonly<{ type: 'CancelBuild'; reason: CancelReason; by?: string }>
  );

/** The request itself carries by what it is superseded: a crash before the cancellation must not let the build run. */
const request = (state: PlanState, command: PlanCommand & { type: 'RequestBuild' }): PlanEvent[] => {
  if (state.request) return [];
  const superseded = command.supersededBy === undefined ? {} : { supersededBy: command.supersededBy };
  return [fact('BuildRequested', 1, command, { ...command.request, ...superseded })];
};

const plan = (state: PlanState, command: PlanCommand & { type: 'PlanBuild' }): PlanEvent[] => {
  if (!state.request || state.cancelled || isOver(state)) return [];
  const { trigger } = state.request;
  if (state.plan) return [];
  const events: PlanEvent[] = [];
  // The gate comes before the plan: a crash between the two must not let a fork's code run.
  if (trigger.pullRequest?.fork && !state.awaitsApproval && state.approvedBy === undefined)
    events.push(fact('BuildAwaitingApproval', 1, command, { sha: trigger.sha, reason: 'fork' as const }));
  events.push(fact('BuildPlanned', 1, command, { plan: command.plan, diagnostics: command.diagnostics }));
  return events;
};

const approve = (state: PlanState, command: PlanCommand & { type: 'ApproveBuild' }): PlanEvent[] => {
  if (state.approvedBy === command.cause) return []; // asked again, because the first answer was lost
  if (!state.request || isOver(state) || state.cancelled) throw new CommandRefused('the build is over');
  if (!state.awaitsApproval) throw new CommandRefused('the build does not wait for an approval');
  if (command.sha !== state.request.trigger.sha)
    throw new CommandRefused(`the build is of commit ${state.request.trigger.sha}, the approval of another`);
  return [fact('BuildApproved', 1, command, { sha: command.sha })];
};

const idsOf = (jobs: readonly Readonly<{ jobId: string }>[]): string => jobs.map(({ jobId }) => jobId).join();

const approveJob = (state: PlanState, command: PlanCommand & { type: 'ApproveJob' }): PlanEvent[] => {
  const named = [...state.jobs.values()].filter(
    ({ planned }) => planned.id === command.job || planned.name === command.job,
  );
  if (named.some((job) => job.approvedBy === command.cause)) return []; // asked again, because the first answer was lost
  if (!state.request || isOver(state) || state.cancelled) throw new CommandRefused('the build is over');
  if (named.length === 0) throw new CommandRefused(`the build has no job ${command.job}`);
  const waiting = named.filter(({ status }) => status === 'awaiting_approval');
  if (waiting.length === 0) throw new CommandRefused(`the job ${command.job} does not wait for an approval`);
  if (command.sha !== state.request.trigger.sha)
    throw new CommandRefused(`the build is of commit ${state.request.trigger.sha}, the approval of another`);
  const jobs = waiting.map(({ planned }) => ({ jobId: planned.id }));
  return [fact('JobApproved', 1, command, { jobs, sha: command.sha }, idsOf(jobs))];
};

const expire = (state: PlanState, command: PlanCommand & { type: 'ExpireApprovals' }): PlanEvent[] => {
  if ((awaitsSince(state) ?? command.before) >= command.before) return [];
  if (state.awaitsApproval) return [fact('BuildCancelled', 1, command, { reason: 'expired' as const })];
  const late = [...state.jobs.values()].filter(
    ({ status, at }) => status === 'awaiting_approval' && at < command.before,
  );
  const jobs = late.map(({ planned }) => ({ jobId: planned.id, reason: 'approval' as const }));
  return [fact('JobsSkipped', 1, command, { jobs }, idsOf(jobs))];
};

const queue = (state: PlanState, command: PlanCommand & { type: 'QueueJobs' }): PlanEvent[] => {
  const jobs = readyAmong(state, command.jobs).map(({ planned, attempt }) => ({
    jobId: planned.id,
    attempt: attempt + 1,
    pool: planned.pool,
  }));
  if (jobs.length === 0) return [];
  return [fact('JobsQueued', 1, command, { jobs }, jobs.map(({ jobId, attempt }) => `${jobId}.${attempt}`).join())];
};

/** Attempts that a runner or engine spoilt and those that a command failed are counted apart. */
const runsAgain = (state: PlanState, job: PlanJob, { outcome, failure }: SettledAttempt): boolean => {
  if (state.cancelled || job.cancelled || (outcome !== 'lost' && outcome !== 'failed')) return false;
  if (outcome === 'lost' || failure?.kind === 'infrastructure') return job.spoilt < job.planned.infrastructureRetries;
  const failedBefore = job.attempt - 1 - job.spoilt;
  return failure?.kind === 'step' && failedBefore < (templateOf(state, job)?.commandRetries ?? 0);
};

const settle = (state: PlanState, command: PlanCommand & { type: 'SettleJobs' }): PlanEvent[] => {
  const seen = new Set<string>();
  const rows = command.jobs.flatMap((settled) => {
    const job = state.jobs.get(settled.jobId);
    if (job?.status !== 'queued' || job.attempt !== settled.attempt || seen.has(settled.jobId)) return [];
    seen.add(settled.jobId);
    const wasToEnd = isJobCancelled(state, settled.jobId);
    const outcome = settled.outcome === 'lost' && wasToEnd ? ('cancelled' as const) : settled.outcome;
    return [{ ...settled, outcome, again: runsAgain(state, job, settled) }];
  });
  if (rows.length === 0) return [];
  const ids = rows.map(({ jobId, attempt }) => `${jobId}.${attempt}`);
  return [fact('JobsSettled', 1, command, { jobs: rows }, ids.join())];
};

/** Who was admitted with a person's approval. */
const isApproved = (job: PlanJob): boolean => job.status === 'queued' && job.approvedBy !== undefined;

const cancelJobs = (state: PlanState, command: PlanCommand & { type: 'CancelJobs' }): PlanEvent[] => {
  if (state.cancelled || isOver(state)) return [];
  const { group, by } = command;
  const jobs = command.jobs.flatMap((jobId) => {
    const job = state.jobs.get(jobId);
    return !job || job.cancelled || isSettled(job) || isApproved(job) ? [] : [{ jobId, group, by }];
  });
  return jobs.length === 0 ? [] : [fact('JobsCancelled', 1, command, { jobs }, idsOf(jobs))];
};

/** What nobody asked for spares what a person has approved; who asks for it ends that too. */
const cancel = (state: PlanState, command: PlanCommand & { type: 'CancelBuild' }): PlanEvent[] => {
  if (!state.request) throw new BuildNotRequested(command.subject);
  const { reason } = command;
  const isHarder = reason === 'user' && state.cancelled?.spared !== undefined;
  if (isOver(state) || (state.cancelled && !isHarder)) return [];
  const approved = [...state.jobs.values()].filter(isApproved).map(({ planned }) => planned.id);
  const spared = reason === 'user' || approved.length === 0 ? {} : { spared: approved };
  const by = command.by === undefined ? {} : { by: command.by };
  return [fact('BuildCancelled', 1, command, { reason, ...by, ...spared }, isHarder ? 'all' : '')];
};

const answer = (state: PlanState, command: PlanCommand): PlanEvent[] => {
  switch (command.type) {
    case 'RequestBuild':
      return request(state, command);
    case 'PlanBuild':
      return plan(state, command);
    case 'RejectBuild':
      if (!state.request || state.plan || state.cancelled || isOver(state)) return [];
      return [fact('BuildRejected', 1, command, { diagnostics: command.diagnostics })];
    case 'ApproveBuild':
      return approve(state, command);
    case 'ApproveJob':
      return approveJob(state, command);
    case 'ExpireApprovals':
      return expire(state, command);
    case 'QueueJobs':
      return queue(state, command);
    case 'SettleJobs':
      return settle(state, command);
    case 'CancelJobs':
      return cancelJobs(state, command);
    case 'CancelBuild':
      return cancel(state, command);
  }
};

/** Waiting jobs that will never run. */
const skips = (state: PlanState): readonly Skip[] => {
  if (!state.cancelled) return skipsOf(state);
  const { open, queued } = openJobs(state);
  if (open === queued) return [];
  const waiting = [...state.jobs.values()].filter((job) => !isSettled(job) && job.status !== 'queued');
  return waiting.map(({ planned }) => ({ jobId: planned.id, reason: 'cancelled' as const }));
};

const endOf = (state: PlanState): BuildFinished['data']['status'] | undefined => {
  if (!state.request || isOver(state) || openJobs(state).open > 0) return undefined;
  if (state.cancelled) return 'cancelled';
  if (!state.plan) return undefined;
  const jobs = [...state.jobs.values()];
  if (jobs.some((job) => job.status === 'failed' && !templateOf(state, job)?.allowFailure)) return 'failed';
  if (jobs.some((job) => job.status === 'cancelled')) return 'cancelled';
  // nothing failed, and yet a need could not be had, or a condition not be understood
  return jobs.some((job) => job.status === 'skipped' && !job.byWhen) ? 'failed' : 'passed';
};

/** What follows from the state alone. */
const consequences = (before: PlanState, command: PlanCommand): PlanEvent[] => {
  const events: PlanEvent[] = [];
  let state = before;
  const add = (event: PlanEvent): void => {
    events.push(event);
    state = evolvePlan(state, event);
  };
  const supersededBy = state.request?.supersededBy;
  if (supersededBy !== undefined && !state.cancelled && !isOver(state)) {
    // without a name it was not a newer push: the pull request had been closed before
    const why =
      supersededBy === '' ? { reason: 'closed' as const } : { reason: 'superseded' as const, by: supersededBy };
    add(fact('BuildCancelled', 1, command, why));
  }
  const skipped = isOver(state) ? [] : skips(state);
  if (skipped.length > 0) add(fact('JobsSkipped', 1, command, { jobs: skipped }, idsOf(skipped)));
  const unapproved = unapprovedJobs(state).map(({ planned }) => ({ jobId: planned.id }));
  if (unapproved.length > 0) add(fact('JobAwaitingApproval', 1, command, { jobs: unapproved }, idsOf(unapproved)));
  const status = endOf(state);
  if (status) add(fact('BuildFinished', 1, command, { status }));
  return events;
};

/** All that is decided about a build and its jobs: the truth of `build.<id>.plan`. */
export const planDecider: Decider<PlanState, PlanCommand, PlanEvent> = {
  initialState: initialPlan,
  evolve: evolvePlan,
  decide: (state, command) => {
    // A batch that a crash left half written is completed before anything new is decided: it had been decided already.
    const completed = consequences(state, command);
    const before = completed.reduce(evolvePlan, state);
    const events = answer(before, command);
    return [...completed, ...events, ...consequences(events.reduce(evolvePlan, before), command)];
  },
};
