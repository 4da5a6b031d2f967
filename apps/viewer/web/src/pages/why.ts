import type { JobView } from '#domain';

/** What is said of the job is only why it runs: not why it waits, was skipped or failed. */
export const isWhyItRuns = ({ why, reason }: Pick<JobView, 'why' | 'reason'>): boolean =>
  why?.runs === true && reason === why.detail;

/** No rule of the spec was asked: there is nothing to tell. */
export const runsAsAlways = (job: Pick<JobView, 'why' | 'reason'>): boolean =>
  isWhyItRuns(job) && job.why?.line === undefined;
