import { templateOf, titleOf, type PlanJob, type PlanState } from '#domain';
import type { CommitStatus, StatusState } from '#forge';
import type { BuildProgress } from './build-progress.js';
import { count, description, duration } from './status-text.js';

export const STATUS_CONTEXT = 'cairn';

export type LinkedStatus = CommitStatus & Readonly<{ targetUrl: string }>;

/** `job`: the id of the one whose page says more. */
type Verdict = Readonly<{ state: StatusState; text: string; job?: string }>;

const jobsIn = (plan: PlanState, status: PlanJob['status']): number =>
  [...plan.jobs.values()].filter((job) => job.status === status).length;

const passed = ({ plan, endedAt = '' }: BuildProgress): Verdict => {
  const skipped = jobsIn(plan, 'skipped');
  const took = Date.parse(endedAt) - Date.parse(plan.requestedAt ?? '');
  const failed = jobsIn(plan, 'failed'); // each of them may
  const others = `${failed > 0 ? `, ${failed} failed as allowed` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  const jobs = `${count(jobsIn(plan, 'passed'), 'job')} passed${others}`;
  return { state: 'success', text: took >= 0 ? `${jobs} in ${duration(took)}` : jobs };
};

const firstFailed = ({ plan, failed }: BuildProgress): PlanJob | undefined =>
  failed.map((id) => plan.jobs.get(id)).find((job) => job && !templateOf(plan, job)?.allowFailure);

const failed = (progress: BuildProgress): Verdict => {
  const job = firstFailed(progress);
  if (!job) return { state: 'failure', text: 'failed' };
  const why = job.failure ? `: ${job.failure.message}` : '';
  return { state: 'failure', text: `job \`${titleOf(job.planned)}\` failed${why}`, job: job.planned.id };
};

const awaiting = (plan: PlanState): PlanJob | undefined =>
  [...plan.jobs.values()].find(({ status }) => status === 'awaiting_approval');

/** Only while admitted jobs remain: between its last job and its end a build does not change its status once more. */
const running = (progress: BuildProgress, number: number): Verdict => {
  const asked = jobsIn(progress.plan, 'queued') === 0 ? awaiting(progress.plan) : undefined;
  if (asked)
    return { state: 'pending', text: `job \`${titleOf(asked.planned)}\` waits for approval`, job: asked.planned.id };
  const job = jobsIn(progress.plan, 'queued') > 0 ? firstFailed(progress) : undefined;
  if (!job) return { state: 'pending', text: `build #${number} is running` };
  return { state: 'pending', text: `job \`${titleOf(job.planned)}\` failed, others run on`, job: job.planned.id };
};

const rejected = ({ diagnostics }: BuildProgress): Verdict => {
  const fault = diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0];
  return {
    state: 'error',
    text: fault ? `.cairn.yml line ${fault.line}: ${fault.message}` : '.cairn.yml is not valid',
  };
};

const cancelled = ({ plan, canceller }: BuildProgress): Verdict => {
  switch (plan.cancelled?.reason) {
    case 'superseded':
      return { state: 'error', text: 'cancelled: superseded by a newer push' };
    case 'expired':
      return { state: 'error', text: 'cancelled: nobody approved it in time' };
    case 'closed':
      return { state: 'error', text: 'cancelled: the branch or pull request is closed' };
    default:
      return { state: 'error', text: canceller === undefined ? 'cancelled' : `cancelled by ${canceller}` };
  }
};

const verdict = (progress: BuildProgress, number: number): Verdict => {
  const { plan } = progress;
  if (plan.finished === 'passed') return passed(progress);
  if (plan.finished === 'failed') return failed(progress);
  if (plan.rejected) return rejected(progress);
  if (plan.finished === 'cancelled' || plan.cancelled) return cancelled(progress);
  if (plan.awaitsApproval) return { state: 'pending', text: 'waits for approval' };
  return running(progress, number);
};

/**
 * What the forge should say about the build's commit now; undefined for a build that was not requested. `baseUrl` is where
 * the pages are, without a slash at the end.
 */
export const desiredStatus = (progress: BuildProgress, baseUrl: string): LinkedStatus | undefined => {
  const { request } = progress.plan;
  if (!request) return undefined;
  const { state, text, job } = verdict(progress, request.number);
  const page = `${baseUrl}/builds/${request.buildId}`;
  return {
    sha: request.trigger.sha,
    context: STATUS_CONTEXT,
    state,
    description: description(text),
    targetUrl: job === undefined ? page : `${page}/jobs/${encodeURIComponent(job)}`,
  };
};
