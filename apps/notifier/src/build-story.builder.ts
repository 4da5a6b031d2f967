import {
  fact,
  subjects,
  type Actor,
  type AttemptOutcome,
  type CancelReason,
  type Diagnostic,
  type Failure,
  type JobTemplate,
  type PlanEvent,
  type PlannedJob,
} from '#events';
import { context, planOfJobs } from '#testing';

export type StoryOf = Readonly<{ buildId: string; sha: string; repo?: string; number?: number; begin?: number }>;

const job = (id: string, cell: PlannedJob['cell'] = {}): PlannedJob => ({
  ...{ id, name: id.replace(/--.*/, ''), cell, needs: [], pool: 'default' },
  ...{ infrastructureRetries: 2, timeoutMs: 3_600_000 },
});

/** The events of one build's plan, a second apart from `begin` on (milliseconds since the epoch; default: now). */
export const storyOf = ({ buildId, sha, repo = 'acme/app', number = 7, begin = Date.now() }: StoryOf) => {
  let told = 0;
  const at = (actor?: Actor) => {
    told += 1;
    const own = { at: new Date(begin + (told - 1) * 1_000).toISOString(), ...(actor ? { actor } : {}) };
    return { ...context(subjects.plan(buildId), `cause ${told}`), ...own };
  };
  const plannedWith = (
    templates: Readonly<Record<string, Partial<JobTemplate>>>,
    ...jobs: readonly (string | PlannedJob)[]
  ): PlanEvent =>
    fact('BuildPlanned', 1, at(), {
      plan: planOfJobs(
        jobs.map((one) => (typeof one === 'string' ? job(one) : one)),
        templates,
      ),
      diagnostics: [],
    });
  const trigger = { event: 'push' as const, ref: 'refs/heads/main', sha, branch: 'main', isDefaultBranch: true };
  const by = { title: 'A change', author: 'ada' };
  return {
    requested: (): PlanEvent =>
      fact('BuildRequested', 1, at(), {
        ...{ buildId, repoId: 'gh-1', repo, number, trigger: { ...trigger, ...by } },
        origin: { kind: 'delivery' as const, id: buildId },
      }),
    planned: (...jobs: readonly (string | PlannedJob)[]): PlanEvent => plannedWith({}, ...jobs),
    plannedWith,
    cell: job,
    awaitsApproval: (): PlanEvent => fact('BuildAwaitingApproval', 1, at(), { sha, reason: 'fork' as const }),
    approved: (): PlanEvent => fact('BuildApproved', 1, at(), { sha }),
    awaiting: (jobId: string): PlanEvent => fact('JobAwaitingApproval', 1, at(), { jobs: [{ jobId }] }),
    rejected: (...diagnostics: readonly Diagnostic[]): PlanEvent => fact('BuildRejected', 1, at(), { diagnostics }),
    queued: (...jobIds: readonly string[]): PlanEvent =>
      fact('JobsQueued', 1, at(), { jobs: jobIds.map((jobId) => ({ jobId, attempt: 1, pool: 'default' })) }),
    skipped: (jobId: string): PlanEvent => fact('JobsSkipped', 1, at(), { jobs: [{ jobId, reason: 'need' as const }] }),
    settled: (jobId: string, outcome: AttemptOutcome, failure?: Failure, again = false): PlanEvent =>
      fact('JobsSettled', 1, at(), {
        jobs: [{ jobId, attempt: 1, outcome, again, ...(failure ? { failure } : {}) }],
      }),
    cancelled: (reason: CancelReason, name = 'Cairn'): PlanEvent =>
      fact('BuildCancelled', 1, at({ kind: 'user', id: '1', name }), { reason }),
    finished: (status: 'passed' | 'failed' | 'cancelled'): PlanEvent => fact('BuildFinished', 1, at(), { status }),
  };
};
