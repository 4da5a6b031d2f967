import type { AdmissionLease, Heartbeat } from '#events';
import { inLine, type Candidate, type RepoLimits } from './admission.js';
import { groupSubject, hasItsGroup, type Groups } from './group.moves.js';
import { candidateOf, candidatesOf, poolsOf, type OpenBuild, type Turns } from './open-build.js';
import type { PlanJob, PlanState } from './plan.state.js';
import { heldJobs, readyJobs } from './plan.survey.js';
import { whyGroup, whyHeld, whyInLine, type InLine } from './queue.reasons.js';
import { titleOf } from './projections/reasons.js';
import type { QueueReason } from './views.js';

/** What a queue is worked out from: what admission looks at, and what it keeps to. */
export type QueueSight = Readonly<{
  builds: readonly OpenBuild[];
  runners: readonly Heartbeat[];
  turns: Turns;
  groups: Groups;
  /** Undefined: no planner admits jobs at the moment. */
  lease: AdmissionLease | undefined;
  /** A runner has begun the job, which the plan does not know. */
  hasBegun: (buildId: string, jobId: string) => boolean;
}>;

/** `position`: in its pool, counted from 1; null for what no free slot would help. */
export type QueueEntry = Readonly<{
  buildId: string;
  jobId: string;
  pool: string;
  position: number | null;
  reason: QueueReason;
  detail: string;
  since: string;
}>;

type Waiting = Readonly<{ candidate: Candidate; since: string; state: InLine['state'] }>;

export const limitsOf = (lease: AdmissionLease | undefined): RepoLimits => ({
  ...(lease?.repoJobs === undefined ? {} : { jobs: lease.repoJobs }),
  ...(lease?.repoPercentOfPool === undefined ? {} : { percentOfPool: lease.repoPercentOfPool }),
});

/** Since when a job waits for nothing but its turn: its own last change, or the last end of what it needs. */
const sinceIn = (state: PlanState): ((job: PlanJob) => string) => {
  const ends = new Map<string, string>();
  for (const { planned, at } of state.jobs.values())
    if (at > (ends.get(planned.name) ?? '')) ends.set(planned.name, at);
  return ({ planned, at }) => planned.needs.reduce((last, need) => later(last, ends.get(need)), at);
};
const later = (a: string, b = ''): string => (b > a ? b : a);

/** Admitted and not begun, in the order in which runners get to see them. */
const ticketsIn = ({ builds, hasBegun }: QueueSight): readonly Waiting[] =>
  builds
    .flatMap((build) =>
      [...build[1].jobs.values()]
        .filter(({ status, planned }) => status === 'queued' && !hasBegun(build[0], planned.id))
        .map((job): Waiting => ({ candidate: candidateOf(build, job), since: job.at, state: 'ticket' })),
    )
    .sort((a, b) => (a.since < b.since ? -1 : Number(a.since > b.since)));

/** Not admitted yet, in the order in which they would be. */
const lineIn = (sight: QueueSight, candidates: readonly Candidate[], pools: ReturnType<typeof poolsOf>) => {
  const builds = new Map(sight.builds.map(([id, state]) => [id, { state, sinceOf: sinceIn(state) }]));
  const waiting = ({ candidate, isLimited }: { candidate: Candidate; isLimited: boolean }): Waiting[] => {
    const build = builds.get(candidate.buildId);
    const job = build?.state.jobs.get(candidate.jobId);
    return job ? [{ candidate, since: build?.sinceOf(job) ?? job.at, state: isLimited ? 'limited' : 'waiting' }] : [];
  };
  const lines = inLine(candidates, pools, limitsOf(sight.lease));
  return [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([pool, line]) => [pool, line.flatMap(waiting)] as const);
};

/** What has a group, as people know it: a job of a build. */
const holderIn = ({ builds, groups }: QueueSight, build: OpenBuild, job: PlanJob): string | undefined => {
  const holder = groups.get(groupSubject(build[1], job) ?? '')?.holder;
  const of = holder === undefined ? undefined : builds.find(([id]) => holder.startsWith(`${id}.`));
  const planned = of?.[1].jobs.get(holder?.slice(of[0].length + 1) ?? '')?.planned;
  return planned && `\`${titleOf(planned)}\` of build #${of?.[1].request?.number ?? 0}`;
};

/** Those that wait for others of their group. */
const groupedIn = (sight: QueueSight): readonly QueueEntry[] =>
  sight.builds.flatMap((build) => {
    const [buildId, state] = build;
    const waiting = readyJobs(state).filter((job) => !hasItsGroup(build, job, sight.groups));
    const since = sinceIn(state);
    return waiting.map((job) => ({
      ...{ buildId, jobId: job.planned.id, pool: job.planned.pool, position: null, reason: 'group' as const },
      ...{ detail: whyGroup(job, holderIn(sight, build, job)), since: since(job) },
    }));
  });

/** Those that wait for their own build, whatever slots are free. */
const heldIn = ({ builds }: QueueSight): readonly QueueEntry[] =>
  builds.flatMap((build) => {
    const [buildId, state] = build;
    const since = sinceIn(state);
    return heldJobs(state).map(({ job, by }) => ({
      ...{ buildId, jobId: job.planned.id, pool: job.planned.pool, position: null, reason: by },
      ...{ detail: whyHeld(by, state, job), since: since(job) },
    }));
  });

/**
 * Every job that has what it needs and has not begun, with the reason: pool by pool in the order in which they would begin,
 * then those that wait for their group, then those that wait for their own build. What admission would decide, admission is asked.
 */
export const queueOf = (sight: QueueSight): readonly QueueEntry[] => {
  const { builds, runners, turns, groups, lease } = sight;
  const candidates = candidatesOf(builds, groups);
  const pools = poolsOf(builds, runners, turns, candidates);
  const tickets = ticketsIn(sight);
  const entries = lineIn(sight, candidates, pools).flatMap(([pool, line]) => {
    const drawn = tickets.filter(({ candidate }) => candidate.pool === pool);
    const admitted = [...(pools.get(pool)?.admittedByRepo.values() ?? [])].reduce((sum, count) => sum + count, 0);
    const circumstances = { pool, runners, begun: admitted - drawn.length, lease };
    return [...drawn, ...line].map(({ candidate: { buildId, jobId }, since, state }, index): QueueEntry => {
      const position = index + 1;
      return { buildId, jobId, pool, position, ...whyInLine({ ...circumstances, position, state }), since };
    });
  });
  return [...entries, ...groupedIn(sight), ...heldIn(sight)];
};
