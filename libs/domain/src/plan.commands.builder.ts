import { subjects, type JobTemplate, type Plan, type PlanEvent, type PlannedJob, type Trigger } from '#events';
import { BUILD_ID, INFRASTRUCTURE, STEP_FAILED, context, planOfJobs, planned, requested } from '#testing';
import { planDecider, type PlanCommand, type SettledAttempt } from './plan.decider.js';
import { readyJobs } from './plan.survey.js';

/** Commands to the plan decider, and rows of what became of jobs. */
export const CONTEXT = context(subjects.plan(BUILD_ID));
export const plan = (wanted: Plan): PlanCommand => ({ ...CONTEXT, type: 'PlanBuild', plan: wanted, diagnostics: [] });
export const queue = (...jobs: string[]): PlanCommand => ({ ...CONTEXT, type: 'QueueJobs', jobs });
export const settle = (...jobs: SettledAttempt[]): PlanCommand => ({ ...CONTEXT, type: 'SettleJobs', jobs });

export const passed = (jobId: string, attempt = 1) => ({ jobId, attempt, outcome: 'passed' as const });
export const failed = (jobId: string, attempt = 1) => ({
  ...{ jobId, attempt, failure: STEP_FAILED },
  outcome: 'failed' as const,
});
export const broken = (jobId: string, attempt = 1) => ({ ...failed(jobId, attempt), failure: INFRASTRUCTURE });
export const cancelledJob = (jobId: string) => ({ jobId, attempt: 1, outcome: 'cancelled' as const });
export const ended = <Row extends object>(row: Row) => ({ ...row, again: false });
export const again = <Row extends object>(row: Row) => ({ ...row, again: true });

export const stateAfter = (...events: readonly PlanEvent[]) =>
  events.reduce(planDecider.evolve, planDecider.initialState());
export const readyAfter = (...events: readonly PlanEvent[]) =>
  readyJobs(stateAfter(...events)).map((job) => job.planned.id);

/** A planned build of these jobs; `templates`: what theirs have besides. */
export const built = (
  jobs: readonly PlannedJob[],
  templates: Readonly<Record<string, Partial<JobTemplate>>> = {},
  trigger?: Trigger,
): PlanEvent[] => [requested(trigger), planned(planOfJobs(jobs, templates))];
