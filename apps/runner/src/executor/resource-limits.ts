import type { ContainerLimits } from './docker-container.js';

/** How much of a machine a job may use. */
export type ResourceAmounts = Readonly<{ cpus?: number; memoryBytes?: number }>;

const MIB = 1024 ** 2;
/** The engine takes no less. */
const LEAST = { cpus: 0.01, memoryBytes: 6 * MIB } as const;
const SHOWN = {
  cpus: (amount: number) => `${amount} CPUs`,
  memoryBytes: (amount: number) => `${Math.floor(amount / MIB)} MiB of memory`,
} as const;

/**
 * The limits of a job's containers: what it asks for, else what every job gets, and never more than the ceiling. `cuts`: what
 * it does not get, for people.
 */
export const limitsFor = (
  usual: ContainerLimits,
  ceilings: ResourceAmounts,
  wanted: ResourceAmounts = {},
): Readonly<{ limits: ContainerLimits; cuts: readonly string[] }> => {
  const cuts: string[] = [];
  const given = (key: keyof ResourceAmounts): number => {
    const ceiling = ceilings[key] ?? Infinity;
    const asked = wanted[key];
    if (asked !== undefined && asked > ceiling)
      cuts.push(`the job asks for ${SHOWN[key](asked)} and gets ${SHOWN[key](ceiling)}: the limit of this runner`);
    return Math.max(LEAST[key], Math.min(asked ?? usual[key], ceiling));
  };
  return { limits: { ...usual, cpus: given('cpus'), memoryBytes: given('memoryBytes') }, cuts };
};
