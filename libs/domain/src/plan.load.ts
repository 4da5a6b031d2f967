import type { PlanState } from './plan.state.js';

/** How many jobs of a build are admitted, by pool. */
export type AdmittedJobs = ReadonlyMap<string, number>;

/** States never change, and are asked about more often than they are made. */
const known = new WeakMap<PlanState, AdmittedJobs>();

const count = (state: PlanState): AdmittedJobs => {
  const admitted = new Map<string, number>();
  for (const { planned, status } of state.jobs.values())
    if (status === 'queued') admitted.set(planned.pool, (admitted.get(planned.pool) ?? 0) + 1);
  return admitted;
};

export const admittedJobs = (state: PlanState): AdmittedJobs => {
  const admitted = known.get(state) ?? count(state);
  known.set(state, admitted);
  return admitted;
};
