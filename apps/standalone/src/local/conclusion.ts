import type { PlanJobStatus, PlanState } from '#domain';
import { nameOf } from './terminal-log.js';

const ORDER: readonly PlanJobStatus[] = [
  'passed',
  'failed',
  'cancelled',
  'skipped',
  'waiting',
  'awaiting_approval',
  'queued',
];

/** How it ended, for people: what went wrong, then all in one line. */
export const conclusion = (plan: PlanState, seconds: number): string[] => {
  const jobs = [...plan.jobs.values()];
  const failures = jobs.flatMap(({ planned, status, failure }) =>
    status === 'failed' ? [`${nameOf(planned)} failed${failure ? `: ${failure.message}` : ''}`] : [],
  );
  const counts = ORDER.flatMap((status) => {
    const count = jobs.filter((job) => job.status === status).length;
    return count === 0 ? [] : [`${count} ${status}`];
  });
  const status = plan.rejected ? 'rejected' : (plan.finished ?? 'not finished');
  return [...failures, `${status} in ${seconds.toFixed(1)} s (${counts.join(', ') || 'no job'})`];
};
