import type { Plan } from '#events';
import type { Names } from '#expression';
import { needsOf, type Cells, type Hindrance, type Needs } from './plan.needs.js';
import { isOver, originOf, skippedJob, templateOf, type PlanJob, type PlanState } from './plan.state.js';
import { verdict, type Skip } from './plan.verdict.js';

/**
 * Of the waiting jobs: those that may run, those that may when a person has said yes, and those that never will. In the
 * plan's order.
 */
type Survey = Readonly<{ runnable: readonly PlanJob[]; unapproved: readonly PlanJob[]; skips: readonly Skip[] }>;

const hindrance = (job: PlanJob, mayFail: boolean, needs: () => Needs): Hindrance | undefined => {
  switch (job.status) {
    case 'waiting':
    case 'awaiting_approval':
    case 'queued':
      return 'open';
    case 'passed':
      return undefined;
    case 'failed':
      return mayFail ? undefined : 'failed';
    case 'cancelled':
      return 'cancelled';
    case 'skipped':
      if (job.byWhen) return undefined;
      return needs().status === 'cancelled' ? 'afterCancel' : 'afterFailure';
  }
};

const hasNotBegun = ({ status }: PlanJob): boolean => status === 'waiting' || status === 'awaiting_approval';

/** Of each job with `fail_fast`: the cell that has failed for good. */
const failedCells = (state: PlanState): ReadonlyMap<string, string> => {
  const failed = [...state.jobs.values()].filter((job) => {
    const template = templateOf(state, job);
    return job.status === 'failed' && template?.failFast && !template.allowFailure;
  });
  return new Map(failed.reverse().map(({ planned }) => [planned.name, planned.id]));
};

/** One pass is enough: each job stands after what it needs, and one that does not is never satisfied. */
const survey = (state: PlanState): Survey => {
  const known = new Map<string, Cells>();
  const outputs = new Map<string, Names>();
  const runnable: PlanJob[] = [];
  const unapproved: PlanJob[] = [];
  const skips: Skip[] = [];
  const failed = failedCells(state);
  for (const job of state.jobs.values()) {
    const { name, id } = job.planned;
    const template = templateOf(state, job);
    const needs = (): Needs => needsOf(job.planned, known);
    const circumstances = { request: state.request, template, outputs, failedCell: failed.get(name) };
    const says = hasNotBegun(job) ? verdict(job, { ...circumstances, needs: needs() }) : undefined;
    if (says === 'run') (template?.approval && job.approvedBy === undefined ? unapproved : runnable).push(job);
    else if (says) skips.push(says);
    const after = typeof says === 'object' ? skippedJob(job, says) : job;
    const cells = known.get(name) ?? {};
    const hinders = hindrance(after, template?.allowFailure ?? false, needs);
    if (hinders) cells[hinders] ??= id;
    known.set(name, cells);
    if (job.outputs) outputs.set(name, new Map([...(outputs.get(name) ?? []), ...Object.entries(job.outputs)]));
  }
  return { runnable, unapproved, skips };
};

/** States never change, and are asked about more often than they are made. */
const surveys = new WeakMap<PlanState, Survey>();

export const surveyOf = (state: PlanState): Survey => {
  const known = surveys.get(state) ?? carriedOver(state) ?? survey(state);
  surveys.set(state, known);
  return known;
};

/**
 * What most events leave as it was: a job that was queued is no longer runnable, and one that passed and said nothing changes
 * nothing while other cells of it are open, or nobody needs it. To look at every job then would cost its square.
 */
const carriedOver = (state: PlanState): Survey | undefined => {
  const { before, event } = originOf(state) ?? {};
  const known = before && surveys.get(before);
  if (!known || known.skips.length > 0) return undefined;
  if (event?.type === 'JobsQueued') {
    const queued = new Set(event.data.jobs.map(({ jobId }) => jobId));
    const wereWaiting = [...queued].every((id) => before.jobs.get(id)?.status === 'waiting');
    return wereWaiting
      ? { ...known, runnable: known.runnable.filter(({ planned: { id } }) => !queued.has(id)) }
      : undefined;
  }
  if (event?.type !== 'JobsSettled') return undefined;
  const names = new Set<string>();
  for (const { jobId } of event.data.jobs) {
    const [was, is] = [before.jobs.get(jobId), state.jobs.get(jobId)];
    if (was?.status !== 'queued' || is?.status !== 'passed' || is.outputs || was.outputs) return undefined;
    names.add(is.planned.name);
  }
  return [...names].every((name) => !isNeeded(state, name) || hasOpenCell(state, name)) ? known : undefined;
};

const hasOpenCell = (state: PlanState, name: string): boolean => {
  for (const { planned, status } of state.jobs.values())
    if (planned.name === name && (status === 'waiting' || status === 'queued')) return true;
  return false;
};

const needed = new WeakMap<Plan, ReadonlySet<string>>();

const isNeeded = ({ plan }: PlanState, name: string): boolean => {
  if (!plan) return false;
  const names = needed.get(plan) ?? new Set(plan.jobs.flatMap(({ needs }) => needs));
  needed.set(plan, names);
  return names.has(name);
};

/** As many of the jobs, in their order, as `max_parallel` leaves room for. */
export const withinLimits = (state: PlanState, jobs: readonly PlanJob[]): readonly PlanJob[] => {
  if (!jobs.some((job) => templateOf(state, job)?.maxParallel !== undefined)) return jobs;
  const running = new Map<string, number>();
  const count = ({ planned: { name } }: PlanJob): number => running.get(name) ?? 0;
  for (const job of state.jobs.values()) if (job.status === 'queued') running.set(job.planned.name, count(job) + 1);
  return jobs.filter((job) => {
    if (count(job) >= (templateOf(state, job)?.maxParallel ?? Infinity)) return false;
    running.set(job.planned.name, count(job) + 1);
    return true;
  });
};

const mayBegin = (state: PlanState): boolean => !isOver(state) && !state.cancelled && !state.awaitsApproval;

/** Those about which a person is to be asked now. */
export const unapprovedJobs = (state: PlanState): readonly PlanJob[] =>
  mayBegin(state) ? surveyOf(state).unapproved.filter(({ status }) => status === 'waiting') : [];

/** Those whose turn has come, however many: `max_parallel` is not looked at. */
export const runnableJobs = (state: PlanState): readonly PlanJob[] => (mayBegin(state) ? surveyOf(state).runnable : []);

/** The jobs that could run now, in the plan's order. */
export const readyJobs = (state: PlanState): readonly PlanJob[] => withinLimits(state, runnableJobs(state));

/** What of a job's own build keeps it waiting, though it has all that it needs. */
export type Hold = 'approval' | 'max-parallel';

/** The jobs that have what they need and may not be admitted, with the reason. */
export const heldJobs = (state: PlanState): readonly Readonly<{ job: PlanJob; by: Hold }>[] => {
  if (isOver(state) || state.cancelled) return [];
  if (state.awaitsApproval) return surveyOf(state).runnable.map((job) => ({ job, by: 'approval' }));
  const ready = new Set(readyJobs(state));
  const { unapproved } = surveyOf(state);
  return [
    ...runnableJobs(state).flatMap((job) => (ready.has(job) ? [] : [{ job, by: 'max-parallel' as const }])),
    ...unapproved.map((job) => ({ job, by: 'approval' as const })),
  ];
};
