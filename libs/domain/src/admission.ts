/** A job that could run now. */
export type Candidate = Readonly<{ repoId: string; buildId: string; jobId: string; pool: string }>;

/**
 * How many of a pool's slots there are, and how many admitted jobs each repository has in it. `lastTurns`: a number for
 * each repository that grows with every job admitted of any; without it, of more repositories than slots the one with
 * the oldest jobs would always be first.
 */
export type PoolLoad = Readonly<{
  slots: number;
  admittedByRepo: ReadonlyMap<string, number>;
  lastTurns?: ReadonlyMap<string, number>;
}>;

/** Tickets beyond the slots, so that a slot that falls free finds one waiting. */
const AHEAD = 1;

/**
 * Which jobs to admit, in turn: as many as there are free slots (and one ahead), the repository with the fewest admitted
 * jobs first, of several that whose last turn is the longest ago, the oldest build first within it. `candidates` are in
 * the order in which they became ready.
 */
export const admit = (candidates: readonly Candidate[], pools: ReadonlyMap<string, PoolLoad>): readonly Candidate[] => {
  const admitted: Candidate[] = [];
  for (const [pool, { slots, admittedByRepo, lastTurns }] of pools) {
    const load = new Map(admittedByRepo);
    const turns = new Map(lastTurns);
    let turn = Math.max(0, ...turns.values());
    const isBefore = (a: Candidate, b: Candidate): boolean => {
      const difference = (load.get(a.repoId) ?? 0) - (load.get(b.repoId) ?? 0);
      return difference === 0 ? (turns.get(a.repoId) ?? 0) < (turns.get(b.repoId) ?? 0) : difference < 0;
    };
    let total = [...load.values()].reduce((sum, count) => sum + count, 0);
    const waiting = candidates.filter((candidate) => candidate.pool === pool);
    while (slots > 0 && total < slots + AHEAD && waiting.length > 0) {
      const next = waiting.reduce((best, candidate) => (isBefore(candidate, best) ? candidate : best));
      waiting.splice(waiting.indexOf(next), 1);
      load.set(next.repoId, (load.get(next.repoId) ?? 0) + 1);
      turns.set(next.repoId, (turn += 1));
      total += 1;
      admitted.push(next);
    }
  }
  return admitted;
};
