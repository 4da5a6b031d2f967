import type { Hindrance, Needs } from './plan.needs.js';
import { skippedJob, type PlanJob, type PlanJobStatus } from './plan.state.js';
import { verdict, type Circumstances, type Skip } from './plan.verdict.js';

/**
 * Where a job stands. `mark`, of one that has not begun: it may run, it may when a person has said yes, or it never will.
 * `hindrance`: what it is to those that need it; one that never will run counts as skipped already.
 */
export type Standing = Readonly<{ status: PlanJobStatus; hindrance?: Hindrance; mark?: 'run' | 'ask' | Skip }>;

const hasNotBegun = ({ status }: PlanJob): boolean => status === 'waiting' || status === 'awaiting_approval';

const hindranceOf = (job: PlanJob, mayFail: boolean, needs: () => Needs): Hindrance | undefined => {
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

export const standingOf = (job: PlanJob, circumstances: Circumstances): Standing => {
  const { template } = circumstances;
  const says = hasNotBegun(job) ? verdict(job, circumstances) : undefined;
  const isAsked = says === 'run' && template?.approval && job.approvedBy === undefined;
  const mark = isAsked ? 'ask' : says;
  const after = typeof mark === 'object' ? skippedJob(job, mark) : job;
  const hindrance = hindranceOf(after, template?.allowFailure ?? false, () => circumstances.needs);
  return { status: job.status, ...(hindrance ? { hindrance } : {}), ...(mark ? { mark } : {}) };
};
