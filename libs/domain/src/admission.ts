/** A job that could run now. */
export type Candidate = Readonly<{ repoId: string; buildId: string; jobId: string; pool: string }>;

/** How many of a pool's slots there are, and how many admitted jobs each repository has in it. */
export type PoolLoad = Readonly<{ slots: number; admittedByRepo: ReadonlyMap<string, number> }>;

/** Tickets beyond the slots, so that a slot that falls free finds one waiting. */
const AHEAD = 1;

/**
 * Which jobs to admit: as many as there are free slots (and one ahead), the repository with the fewest admitted jobs
 * first, the oldest build first within it. `candidates` are in the order in which they became ready.
 */
export const admit = (candidates: readonly Candidate[], pools: ReadonlyMap<string, PoolLoad>): readonly Candidate[] => {
  const admitted: Candidate[] = [];
  for (const [pool, { slots, admittedByRepo }] of pools) {
    const load = new Map(admittedByRepo);
    let total = [...load.values()].reduce((sum, count) => sum + count, 0);
    const waiting = candidates.filter((candidate) => candidate.pool === pool);
    while (slots > 0 && total < slots + AHEAD && waiting.length > 0) {
      const next = waiting.reduce((best, candidate) =>
        (load.get(candidate.repoId) ?? 0) < (load.get(best.repoId) ?? 0) ? candidate : best,
      );
      waiting.splice(waiting.indexOf(next), 1);
      load.set(next.repoId, (load.get(next.repoId) ?? 0) + 1);
      total += 1;
      admitted.push(next);
    }
  }
  return admitted;
};
