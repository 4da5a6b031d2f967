import type { Names } from '#expression';
import { layoutOf, type Group, type Layout } from './plan.layout.js';
import { needsOf, type Cells, type Loss, type Needs } from './plan.needs.js';
import { standingOf, type Standing } from './plan.standing.js';
import { OPEN, type PlanState } from './plan.state.js';
import type { Circumstances } from './plan.verdict.js';
import { Rows } from './rows.js';

/** The cells of one job together. `openNeeds`: how many of the groups that they need have open cells. */
export type GroupStanding = Readonly<{
  open: number;
  queued: number;
  openNeeds: number;
  /** The place of the first cell with each loss. */
  first: Readonly<Partial<Record<Loss, number>>>;
}>;

/** `open`: not ended, by their status; `run`, `ask` and `skip`: by their mark. */
export type Counts = Readonly<Record<'open' | 'queued' | 'run' | 'ask' | 'skip', number>>;

export type Survey = Readonly<{
  /** By the jobs' places. */
  standings: Rows<Standing>;
  /** By the groups' places. */
  groups: Rows<GroupStanding>;
  counts: Counts;
  /** No job before this place may run. */
  firstRun: number;
  /** How many jobs are admitted, by pool. */
  admitted: ReadonlyMap<string, number>;
}>;

/** As if all that is known of the jobs were that they are there. */
export const blankSurvey = (state: PlanState): Survey => {
  const { groups } = layoutOf(state);
  const { size } = state.jobs;
  return {
    standings: Rows.of(Array.from({ length: size }, (): Standing => ({ status: 'waiting', hindrance: 'open' }))),
    groups: Rows.of(
      groups.map(({ cells, needs }) => ({ open: cells.length, queued: 0, openNeeds: needs.length, first: {} })),
    ),
    counts: { open: size, queued: 0, run: 0, ask: 0, skip: 0 },
    firstRun: size,
    admitted: new Map(),
  };
};

const LOSSES: readonly Loss[] = ['failed', 'cancelled', 'afterFailure', 'afterCancel'];
const BLANK: GroupStanding = { open: 0, queued: 0, openNeeds: 0, first: {} };

const countsOf = ({ status, mark }: Standing): Counts => ({
  open: Number(OPEN.has(status)),
  queued: Number(status === 'queued'),
  run: Number(mark === 'run'),
  ask: Number(mark === 'ask'),
  skip: Number(typeof mark === 'object'),
});

const mayRun = ({ mark }: Standing): boolean => mark === 'run';

const isOpen = ({ hindrance }: Standing): number => Number(hindrance === 'open');

/**
 * Takes a survey of one state on to a later one. A job that has changed is looked at anew, and those that need it when
 * it has become another thing to them; the rest is as it was. Groups come after what they need, so that one pass in their
 * order is enough.
 */
export class SurveyDraft {
  readonly #layout: Layout;
  readonly #standings = new Map<number, Standing>();
  readonly #groups = new Map<number, GroupStanding>();
  readonly #counts: Record<keyof Counts, number>;
  readonly #admitted: Map<string, number>;
  readonly #outputs = new Map<number, Names>();
  #firstRun: number;

  constructor(
    private readonly state: PlanState,
    private readonly before: Survey,
  ) {
    this.#layout = layoutOf(state);
    this.#counts = { ...before.counts };
    this.#admitted = new Map(before.admitted);
    this.#firstRun = before.firstRun;
  }

  /** Each group that has come to stand otherwise for those that need it names the groups to be looked at next. */
  look(group: number, cells: Iterable<number>): readonly number[] {
    const of = this.#layout.groups[group];
    if (!of) return [];
    const was = this.group(group);
    this.stand(group, of, cells);
    if (of.template?.failFast && this.group(group).first.failed !== was.first.failed) this.stand(group, of, of.cells);
    return this.affected(of, was, this.group(group));
  }

  done(): Survey {
    const standings = this.before.standings.with(this.#standings);
    return {
      standings,
      firstRun: standings.next(this.#firstRun, mayRun) ?? standings.length,
      groups: this.before.groups.with(this.#groups),
      counts: this.#counts,
      admitted: this.#admitted,
    };
  }

  private stand(group: number, of: Group, cells: Iterable<number>): void {
    const { jobs } = this.state;
    const circumstances = this.circumstances(group, of);
    let hasLostLess = false;
    for (const place of cells) {
      const job = jobs.at(place);
      const old = this.standing(place);
      if (!job || !old) continue;
      const now = standingOf(job, circumstances);
      this.#standings.set(place, now);
      this.count(old, now, job.planned.pool);
      if (mayRun(now)) this.#firstRun = Math.min(this.#firstRun, place);
      hasLostLess ||= old.hindrance !== undefined && old.hindrance !== 'open' && old.hindrance !== now.hindrance;
      this.#groups.set(group, withCell(this.group(group), place, old, now));
    }
    if (hasLostLess) this.#groups.set(group, { ...this.group(group), first: this.firstLosses(group) });
  }

  /** What its needs have come to is worked out when a cell has to know. */
  private circumstances(group: number, of: Group): Circumstances {
    const { template } = of;
    const { failed } = this.group(group).first;
    let known: Needs | undefined;
    const needs = (): Needs => (known ??= this.needs(group, of));
    return {
      request: this.state.request,
      template,
      get needs() {
        return needs();
      },
      outputs: () => this.outputsFor(of.first.needs),
      failedCell: template?.failFast && failed !== undefined ? this.state.jobs.at(failed)?.planned.id : undefined,
    };
  }

  private count(old: Standing, now: Standing, pool: string): void {
    const [was, is] = [countsOf(old), countsOf(now)];
    for (const key of Object.keys(was) as (keyof Counts)[]) this.#counts[key] += is[key] - was[key];
    const admitted = (this.#admitted.get(pool) ?? 0) + is.queued - was.queued;
    if (admitted > 0) this.#admitted.set(pool, admitted);
    else this.#admitted.delete(pool);
  }

  private firstLosses(group: number): GroupStanding['first'] {
    const first: Partial<Record<Loss, number>> = {};
    for (const place of this.#layout.groups[group]?.cells ?? []) {
      const hindrance = this.standing(place)?.hindrance;
      if (hindrance && hindrance !== 'open') first[hindrance] ??= place;
    }
    return first;
  }

  /** Those to whom the change makes a difference: a need that is met while others are open makes none. */
  private affected(of: Group, was: GroupStanding, is: GroupStanding): readonly number[] {
    const turn = Number(is.open > 0) - Number(was.open > 0);
    const hasLost = LOSSES.some((loss) => was.first[loss] !== is.first[loss]);
    if (turn === 0 && !hasLost) return [];
    return of.dependants.filter((dependant) => {
      const group = this.group(dependant);
      const openNeeds = group.openNeeds + turn;
      if (turn !== 0) this.#groups.set(dependant, { ...group, openNeeds });
      return hasLost || turn > 0 || openNeeds === 0;
    });
  }

  private standing(place: number): Standing | undefined {
    return this.#standings.get(place) ?? this.before.standings.at(place);
  }

  private group(place: number): GroupStanding {
    return this.#groups.get(place) ?? this.before.groups.at(place) ?? BLANK;
  }

  private needs(group: number, { first }: Group): Needs {
    return needsOf(first, (name) => {
      const need = this.#layout.places.get(name);
      return need === undefined || need >= group ? undefined : this.cells(this.group(need));
    });
  }

  private cells({ open, first }: GroupStanding): Cells {
    const cells: { open: boolean } & Partial<Record<Loss, string>> = { open: open > 0 };
    for (const loss of LOSSES) {
      const place = first[loss];
      const job = place === undefined ? undefined : this.state.jobs.at(place);
      if (job) cells[loss] = job.planned.id;
    }
    return cells;
  }

  private outputsFor(names: readonly string[]): ReadonlyMap<string, Names> {
    return new Map(
      names.flatMap((name) => {
        const group = this.#layout.places.get(name);
        const outputs = group === undefined ? undefined : this.outputs(group);
        return outputs && outputs.size > 0 ? [[name, outputs]] : [];
      }),
    );
  }

  /** Of the cells of a matrix the last counts. */
  private outputs(group: number): Names {
    const cells = this.#layout.groups[group]?.cells ?? [];
    const known =
      this.#outputs.get(group) ??
      new Map(cells.flatMap((place) => Object.entries(this.state.jobs.at(place)?.outputs ?? {})));
    this.#outputs.set(group, known);
    return known;
  }
}

const withCell = (group: GroupStanding, place: number, old: Standing, now: Standing): GroupStanding => {
  const { hindrance } = now;
  const isFirst = hindrance && hindrance !== 'open' && place < (group.first[hindrance] ?? Infinity);
  return {
    ...group,
    open: group.open + isOpen(now) - isOpen(old),
    queued: group.queued + Number(now.status === 'queued') - Number(old.status === 'queued'),
    first: isFirst ? { ...group.first, [hindrance]: place } : group.first,
  };
};
