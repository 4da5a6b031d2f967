import { RepoLine } from './admission.repo-line.js';

/** A job that could run now. `asked`: a person asked for its build. */
export type Candidate = Readonly<{ repoId: string; buildId: string; jobId: string; pool: string; asked: boolean }>;

/** A repository's last turn in a pool. `at` grows with every job that is admitted, of any repository. */
export type Turn = Readonly<{ at: number; asked: boolean }>;

/**
 * How many slots a pool has, and how many admitted jobs each repository has in it. Without `lastTurns`, of more
 * repositories than slots the one with the oldest jobs would always be first.
 */
export type PoolLoad = Readonly<{
  slots: number;
  admittedByRepo: ReadonlyMap<string, number>;
  lastTurns?: ReadonlyMap<string, Turn>;
}>;

/** What one repository may have at work: so many jobs in all pools together, and so much of a pool's slots. */
export type RepoLimits = Readonly<{ jobs?: number; percentOfPool?: number }>;

/** Tickets beyond the slots, so that a slot that falls free finds one waiting. */
const AHEAD = 1;

const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0);
const plusOne = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

/** How many jobs may be admitted; negative when slots have gone. */
export const roomIn = ({ slots, admittedByRepo }: PoolLoad): number =>
  slots === 0 ? 0 : slots + AHEAD - sum(admittedByRepo.values());

/** One turn after another in one pool; what it counts is its own. */
class PoolLine {
  readonly #repos = new Map<string, RepoLine>();
  readonly #load: Map<string, number>;
  readonly #turns: Map<string, Turn>;
  #turn: number;

  constructor(
    private readonly pool: PoolLoad,
    private readonly limits: RepoLimits,
    /** Of each repository, in all pools. */
    private readonly totals: Map<string, number>,
  ) {
    this.#load = new Map(pool.admittedByRepo);
    this.#turns = new Map(pool.lastTurns);
    this.#turn = Math.max(0, ...[...this.#turns.values()].map(({ at }) => at));
  }

  add(candidate: Candidate): void {
    const line = this.#repos.get(candidate.repoId) ?? new RepoLine();
    this.#repos.set(candidate.repoId, line);
    line.add(candidate);
  }

  get room(): number {
    return roomIn(this.pool);
  }

  /** Takes whoever's turn it is; undefined when nobody is left, or all who are have reached their limit. */
  take(): Candidate | undefined {
    let best: string | undefined;
    for (const [repoId, line] of this.#repos)
      if (!line.isEmpty && !this.isFull(repoId) && (best === undefined || this.isBefore(repoId, best))) best = repoId;
    if (best === undefined) return undefined;
    const next = this.#repos.get(best)?.take(this.#turns.get(best)?.asked ?? false);
    plusOne(this.#load, best);
    plusOne(this.totals, best);
    this.#turns.set(best, { at: (this.#turn += 1), asked: next?.asked ?? false });
    return next;
  }

  /** Those that have no turn, in the order in which they would have. */
  rest(): Candidate[] {
    return [...this.#repos].flatMap(([repoId, line]) => line.rest(this.#turns.get(repoId)?.asked ?? false));
  }

  private isFull(repoId: string): boolean {
    const { jobs = Infinity, percentOfPool = Infinity } = this.limits;
    const share = Math.max(1, Math.floor((this.pool.slots * percentOfPool) / 100));
    return (this.totals.get(repoId) ?? 0) >= jobs || (this.#load.get(repoId) ?? 0) >= share;
  }

  private isBefore(a: string, b: string): boolean {
    const difference = (this.#load.get(a) ?? 0) - (this.#load.get(b) ?? 0);
    return difference === 0 ? (this.#turns.get(a)?.at ?? 0) < (this.#turns.get(b)?.at ?? 0) : difference < 0;
  }
}

export type Pools = ReadonlyMap<string, PoolLoad>;

const totalsOf = (pools: Pools): Map<string, number> => {
  const totals = new Map<string, number>();
  for (const { admittedByRepo } of pools.values())
    for (const [repoId, count] of admittedByRepo) totals.set(repoId, (totals.get(repoId) ?? 0) + count);
  return totals;
};

const linesOf = (
  candidates: readonly Candidate[],
  pools: Pools,
  limits: RepoLimits,
  totals: () => Map<string, number>,
): Map<string, PoolLine> => {
  const lines = new Map([...pools].map(([pool, load]) => [pool, new PoolLine(load, limits, totals())]));
  for (const candidate of candidates) lines.get(candidate.pool)?.add(candidate);
  return lines;
};

/**
 * Which jobs to admit, in turn: as many as there are free slots (and one ahead). Of the repositories that have not reached
 * their limits the one with the fewest admitted jobs in the pool is first, of several that whose last turn there is the
 * longest ago. Within it the oldest build is first, but one that a person asked for goes before it every other turn.
 * `candidates` are in the order in which they became ready.
 */
export const admit = (
  candidates: readonly Candidate[],
  pools: Pools,
  limits: RepoLimits = {},
): readonly Candidate[] => {
  const totals = totalsOf(pools);
  const admitted: Candidate[] = [];
  for (const line of linesOf(candidates, pools, limits, () => totals).values())
    for (let room = line.room; room > 0; room -= 1) {
      const next = line.take();
      if (!next) break;
      admitted.push(next);
    }
  return admitted;
};

/** `isLimited`: it waits for jobs of its own repository, whatever slots are free. */
export type Standing = Readonly<{ candidate: Candidate; isLimited: boolean }>;

/** Of each pool: the candidates in the order in which they would be admitted if nothing ended and nothing came. */
export const inLine = (
  candidates: readonly Candidate[],
  pools: Pools,
  limits: RepoLimits = {},
): ReadonlyMap<string, readonly Standing[]> => {
  const lines = linesOf(candidates, pools, limits, () => totalsOf(pools));
  return new Map(
    [...lines].map(([pool, line]) => {
      const standings: Standing[] = [];
      for (let next = line.take(); next; next = line.take()) standings.push({ candidate: next, isLimited: false });
      for (const candidate of line.rest()) standings.push({ candidate, isLimited: true });
      return [pool, standings];
    }),
  );
};
