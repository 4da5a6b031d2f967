import type { PlannedJob } from '#events';
import { Rows } from './rows.js';
import type { PlanJob } from './plan.state.js';

/** What was worked out about an earlier version, and the places of the jobs that have changed since. */
export type Earlier<Known> = Readonly<{ known: Known; changed: readonly number[] }>;

/**
 * The jobs of a plan by their ids, in the plan's order. It never changes: `with` makes another version. Of the newest
 * version about which something was worked out it is remembered what has changed since, so that each event costs what it
 * changes, and not what the build is large.
 */
export class PlanJobs implements ReadonlyMap<string, PlanJob> {
  readonly #places: ReadonlyMap<string, number>;
  readonly #rows: Rows<PlanJob>;
  readonly #earlier: Earlier<object> | undefined;
  #known: object | undefined;

  private constructor(places: ReadonlyMap<string, number>, rows: Rows<PlanJob>, earlier?: Earlier<object>) {
    this.#places = places;
    this.#rows = rows;
    this.#earlier = earlier;
  }

  static of(planned: readonly PlannedJob[], at: string): PlanJobs {
    const jobs = [...new Map(planned.map((job) => [job.id, job])).values()];
    const rows = jobs.map((job): PlanJob => ({ planned: job, status: 'waiting', attempt: 0, spoilt: 0, at }));
    return new PlanJobs(new Map(jobs.map(({ id }, place) => [id, place])), Rows.of(rows));
  }

  /** Ids that are not among them are passed over; of a row that is there twice both changes count. */
  with<Row extends Readonly<{ jobId: string }>>(
    rows: readonly Row[],
    change: (job: PlanJob, row: Row) => PlanJob,
  ): PlanJobs {
    const changes = new Map<number, PlanJob>();
    for (const row of rows) {
      const place = this.#places.get(row.jobId);
      const job = place === undefined ? undefined : (changes.get(place) ?? this.#rows.at(place));
      if (place !== undefined && job) changes.set(place, change(job, row));
    }
    return new PlanJobs(this.#places, this.#rows.with(changes), this.earlierThan(changes));
  }

  /** What `work` makes of these jobs, done once for each version. It must not depend on anything that changes besides. */
  derive<Known extends object>(work: (earlier: Earlier<Known> | undefined) => Known): Known {
    this.#known ??= work(this.#earlier as Earlier<Known> | undefined);
    return this.#known as Known;
  }

  private earlierThan(changes: ReadonlyMap<number, PlanJob>): Earlier<object> | undefined {
    const changed = [...changes.keys()];
    if (this.#known) return { known: this.#known, changed };
    if (!this.#earlier || this.#earlier.changed.length > this.size) return undefined;
    return { known: this.#earlier.known, changed: [...this.#earlier.changed, ...changed] };
  }

  get size(): number {
    return this.#places.size;
  }

  get(id: string): PlanJob | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#rows.at(place);
  }

  has(id: string): boolean {
    return this.#places.has(id);
  }

  /** Where a job stands in the plan. */
  placeOf(id: string): number | undefined {
    return this.#places.get(id);
  }

  at(place: number): PlanJob | undefined {
    return this.#rows.at(place);
  }

  keys(): MapIterator<string> {
    return this.#places.keys();
  }

  *values(): Generator<PlanJob> {
    yield* this.#rows;
  }

  *entries(): Generator<[string, PlanJob]> {
    for (const job of this.#rows) yield [job.planned.id, job];
  }

  [Symbol.iterator](): Generator<[string, PlanJob]> {
    return this.entries();
  }

  /** For whoever prints a state. */
  toJSON(): readonly [string, PlanJob][] {
    return [...this];
  }

  forEach(callback: (job: PlanJob, id: string, jobs: ReadonlyMap<string, PlanJob>) => void): void {
    for (const [id, job] of this) callback(job, id, this);
  }
}
