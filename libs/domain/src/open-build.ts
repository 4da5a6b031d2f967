import type { Heartbeat } from '#events';
import { roomIn, type Candidate, type Pools, type Turn } from './admission.js';
import { hasItsGroup, type Groups } from './group.moves.js';
import { layoutOf } from './plan.layout.js';
import type { PlanJob, PlanState } from './plan.state.js';
import { admittedJobs, readyInTurn, readyJobs } from './plan.survey.js';

/** A build that is not over. Lists of them are oldest first: ids sort by time. */
export type OpenBuild = readonly [buildId: string, state: PlanState];

/** Of each pool: every repository's last turn in it. */
export type Turns = ReadonlyMap<string, ReadonlyMap<string, Turn>>;

/** A person asked for the build, by a manual run or a rerun. */
export const isAskedFor = ({ request }: PlanState): boolean => request?.origin.kind === 'request';

export const candidateOf = ([buildId, state]: OpenBuild, { planned: { id, pool } }: PlanJob): Candidate => ({
  ...{ buildId, jobId: id, pool },
  repoId: state.request?.repoId ?? '',
  asked: isAskedFor(state),
});

/** The jobs that could run now: those with a group when they hold it. */
export const candidatesOf = (builds: readonly OpenBuild[], groups: Groups): readonly Candidate[] =>
  builds.flatMap((build) =>
    readyJobs(build[1])
      .filter((job) => hasItsGroup(build, job, groups))
      .map((job) => candidateOf(build, job)),
  );

/**
 * The candidates among which admission picks: of each build as many for a pool as it has room for. What waits of a build
 * has its turns in order, so that those behind have none.
 */
export const foremostOf = (builds: readonly OpenBuild[], groups: Groups, pools: Pools): readonly Candidate[] =>
  builds.flatMap((build) => {
    const room = new Map<string, number>();
    for (const pool of layoutOf(build[1]).pools) {
      const load = pools.get(pool);
      if (load && roomIn(load) > 0) room.set(pool, roomIn(load));
    }
    return room.size > 0 ? foremostIn(build, groups, room) : [];
  });

const foremostIn = (build: OpenBuild, groups: Groups, room: Map<string, number>): Candidate[] => {
  const foremost: Candidate[] = [];
  for (const job of readyInTurn(build[1])) {
    const left = room.get(job.planned.pool);
    if (left === undefined || !hasItsGroup(build, job, groups)) continue;
    foremost.push(candidateOf(build, job));
    if (left > 1) room.set(job.planned.pool, left - 1);
    else room.delete(job.planned.pool);
    if (room.size === 0) break;
  }
  return foremost;
};

/** Every pool that has a runner, or a job that is admitted or could be. */
export const poolsOf = (
  builds: readonly OpenBuild[],
  runners: readonly Heartbeat[],
  turns: Turns,
  candidates: readonly Candidate[] = [],
): Pools => {
  const slots = new Map<string, number>();
  for (const { pools, capacity } of runners)
    for (const pool of pools) slots.set(pool, (slots.get(pool) ?? 0) + capacity);
  const names = [...slots.keys(), ...candidates.map(({ pool }) => pool)];
  const admitted = new Map(names.map((pool) => [pool, new Map<string, number>()]));
  for (const [, state] of builds)
    for (const [pool, count] of admittedJobs(state)) {
      const byRepo = admitted.get(pool) ?? new Map<string, number>();
      const repoId = state.request?.repoId ?? '';
      admitted.set(pool, byRepo.set(repoId, (byRepo.get(repoId) ?? 0) + count));
    }
  return new Map(
    [...admitted].map(([pool, admittedByRepo]) => {
      const lastTurns = turns.get(pool);
      return [pool, { slots: slots.get(pool) ?? 0, admittedByRepo, ...(lastTurns ? { lastTurns } : {}) }];
    }),
  );
};
