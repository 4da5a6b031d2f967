import type { BuildRequested, JobsSkipped, JobTemplate } from '#events';
import type { Names } from '#expression';
import { answerOf } from './plan.condition.js';
import { possibleEnds, type Needs } from './plan.needs.js';
import type { PlanJob } from './plan.state.js';

export type Skip = JobsSkipped['data']['jobs'][number];

/** What decides about a waiting job. */
export type Circumstances = Readonly<{
  request: BuildRequested['data'] | undefined;
  template: JobTemplate | undefined;
  needs: Needs;
  /** What the jobs that it needs wrote, by their names. */
  outputs: () => ReadonlyMap<string, Names>;
  /** A cell of the same job that has failed: no other is begun then. */
  failedCell: string | undefined;
}>;

const DEFAULT_STATUS = ['passed'] as const;

const byWhen = (jobId: string, detail: string, line: number | undefined): Skip => ({
  ...{ jobId, reason: 'when', detail },
  ...(line === undefined ? {} : { line }),
});

/** A condition that is false after a loss is the loss's doing: who needs the job has lost it too. */
const byExpression = (job: PlanJob, { request, template, needs, outputs }: Circumstances): 'run' | Skip => {
  const { when } = template ?? {};
  const { holds, fault } = answerOf(when, { request, job, status: needs.status, outputs });
  if (holds) return 'run';
  const says = fault === undefined ? 'is false' : `cannot be worked out: ${fault}`;
  const skip = byWhen(job.planned.id, `\`${when?.expression ?? ''}\` ${says}`, when?.line);
  if (fault !== undefined) return { ...skip, fault: true };
  return needs.because === undefined ? skip : { ...skip, reason: 'need', because: needs.because };
};

/** Undefined: it waits for what is still open. */
export const verdict = (job: PlanJob, circumstances: Circumstances): 'run' | Skip | undefined => {
  const { id, why } = job.planned;
  const { template, needs, failedCell } = circumstances;
  if (why?.runs === false) return byWhen(id, why.detail, why.line);
  if (failedCell !== undefined) return { jobId: id, reason: 'fail-fast', because: failedCell };
  const allowed = template?.when?.status ?? DEFAULT_STATUS;
  if (possibleEnds(needs).some((end) => allowed.includes(end)))
    return needs.open ? undefined : byExpression(job, circumstances);
  if (needs.because !== undefined) return { jobId: id, reason: 'need', because: needs.because };
  return byWhen(id, `runs only when what it needs has ${allowed.join(' or ')}`, template?.when?.line);
};
