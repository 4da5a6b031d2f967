import type { JobTemplate, Plan, PlannedJob } from '#events';
import type { PlanState } from './plan.state.js';

/** All cells of one job, which stand together in the plan, and what they need. */
export type Group = Readonly<{
  name: string;
  template: JobTemplate | undefined;
  /** What the cells have in common is read off the first. */
  first: PlannedJob;
  /** Their places in the plan. */
  cells: readonly number[];
  /** Groups, by their place among the groups: only those that come before it. */
  needs: readonly number[];
  dependants: readonly number[];
}>;

/** What of a plan stays as it is while its jobs come and go. */
export type Layout = Readonly<{
  groups: readonly Group[];
  /** By name. */
  places: ReadonlyMap<string, number>;
  /** Of each job, by its place: the place of its group. */
  groupOf: readonly number[];
  pools: ReadonlySet<string>;
  /** The places of the jobs with a concurrency group. */
  exclusive: readonly number[];
}>;

const layOut = ({ jobs, templates }: PlanState): Layout => {
  const planned = [...jobs.values()].map((job) => job.planned);
  const places = new Map<string, number>();
  const cells: number[][] = [];
  const groupOf = planned.map(({ name }, place) => {
    const group = places.get(name) ?? cells.length;
    places.set(name, group);
    (cells[group] ??= []).push(place);
    return group;
  });
  const dependants = cells.map((): number[] => []);
  const groups = [...places].map(([name, group]): Group => {
    const own = cells[group] ?? [];
    const first = planned[own[0] ?? 0] as PlannedJob; // a group has a cell
    const needs = [...new Set(first.needs)].flatMap((need) => places.get(need) ?? []).filter((need) => need < group);
    for (const need of needs) dependants[need]?.push(group);
    return { name, template: templates.get(name), first, cells: own, needs, dependants: dependants[group] ?? [] };
  });
  const exclusive = planned.flatMap(({ group }, place) => (group ? [place] : []));
  return { groups, places, groupOf, pools: new Set(planned.map(({ pool }) => pool)), exclusive };
};

const EMPTY: Layout = { groups: [], places: new Map(), groupOf: [], pools: new Set(), exclusive: [] };
const known = new WeakMap<Plan, Layout>();

export const layoutOf = (state: PlanState): Layout => {
  if (!state.plan) return EMPTY;
  const layout = known.get(state.plan) ?? layOut(state);
  known.set(state.plan, layout);
  return layout;
};
