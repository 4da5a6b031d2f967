import type { RunnerTrouble } from '#events';
import type { DiskSpace } from './disk-space.js';
import type { Executors } from './executors.js';
import type { PoolConsumers } from './pool-consumers.js';

/** Whether a runner takes jobs, and what people should know about it. */
export type Readiness = Readonly<{ takesJobs: boolean; note?: string; trouble?: RunnerTrouble }>;

export type ReadinessTools = Readonly<{ executors: Executors; disk: DiskSpace; pools: PoolConsumers }>;

/** Without its engine a runner still takes the jobs that need none; without room on its disk it takes nothing. */
export const readinessOf = async ({ executors, disk, pools }: ReadinessTools): Promise<Readiness> => {
  const [shortage, engine] = await Promise.all([disk.shortage(), executors.note(), pools.look()]);
  if (shortage !== undefined) return { takesJobs: false, note: shortage, trouble: 'disk' };
  if (engine !== undefined) return { takesJobs: true, note: engine, trouble: 'engine' };
  return { takesJobs: true, ...(pools.note === undefined ? {} : { note: pools.note }) };
};
