import type { AdmissionLease, Heartbeat, RunnerTrouble } from '#events';
import { templateOf, type PlanJob, type PlanState } from './plan.state.js';
import type { Hold } from './plan.survey.js';
import type { QueueReason } from './views.js';

/** A job's place in its pool. `begun`: how many jobs of the pool are at work. */
export type InLine = Readonly<{
  pool: string;
  runners: readonly Heartbeat[];
  begun: number;
  lease: AdmissionLease | undefined;
  position: number;
  /** `ticket`: it is admitted. `limited`: its repository has all that it may have. */
  state: 'ticket' | 'waiting' | 'limited';
}>;

type Why = Readonly<{ reason: QueueReason; detail: string }>;

const named = (pools: Iterable<string>): string =>
  [...new Set(pools)]
    .sort()
    .map((pool) => `\`${pool}\``)
    .join(', ');

const noRunner = (pool: string, runners: readonly Heartbeat[]): Why => {
  const others = named(runners.flatMap(({ pools }) => pools));
  return {
    reason: 'no-runner',
    detail: `no runner serves pool \`${pool}\`; ${others === '' ? 'there is no runner at all' : `there are runners for ${others}`}`,
  };
};

const TROUBLES: Readonly<Record<RunnerTrouble, string>> = {
  engine: 'no runner of the pool has its container engine',
  disk: 'no runner of the pool has room on its disk',
  stopping: 'every runner of the pool is being stopped',
};

/** What keeps each runner of the pool from taking the job. */
const inTrouble = (runners: readonly Heartbeat[]): Why | undefined => {
  const [first] = runners;
  if (!first?.trouble || !runners.every(({ trouble }) => trouble !== undefined)) return undefined;
  const { trouble, note } = first;
  return { reason: trouble, detail: note === undefined ? TROUBLES[trouble] : `${TROUBLES[trouble]}: ${note}` };
};

const limitOf = (lease: AdmissionLease | undefined): string =>
  [
    lease?.repoJobs === undefined ? [] : [`${lease.repoJobs} at once`],
    lease?.repoPercentOfPool === undefined ? [] : [`${lease.repoPercentOfPool} % of a pool's slots`],
  ]
    .flat()
    .join(', ');

/** Why a job that needs nothing but a slot has none. */
export const whyInLine = ({ pool, runners, begun, lease, position, state }: InLine): Why => {
  const serving = runners.filter(({ pools }) => pools.includes(pool));
  if (serving.length === 0) return noRunner(pool, runners);
  const trouble = inTrouble(serving);
  if (trouble) return trouble;
  if (lease === undefined && state !== 'ticket')
    return { reason: 'no-planner', detail: 'no planner admits jobs at the moment' };
  if (state === 'limited')
    return {
      reason: 'repository',
      detail: `its repository has as many jobs at work as it may have: ${limitOf(lease)}`,
    };
  const slots = serving.reduce((sum, { capacity }) => sum + capacity, 0);
  const running = serving.reduce((sum, one) => sum + one.running, 0);
  const free = slots - Math.max(begun, running);
  if (position <= free) return { reason: 'turn', detail: 'a runner is about to take it' };
  const all = slots === 1 ? 'the one slot' : `all ${slots} slots`;
  return { reason: 'slots', detail: `${all} of pool \`${pool}\` ${slots === 1 ? 'is' : 'are'} taken` };
};

/** `holder`: who has its group; undefined: nobody at the moment. */
export const whyGroup = (job: PlanJob, holder: string | undefined): string =>
  `waits for its turn in the group \`${job.planned.group?.name ?? ''}\`${holder === undefined ? '' : `, which ${holder} has`}`;

/** Why a job's own build holds it back. */
export const whyHeld = (by: Hold, state: PlanState, job: PlanJob): string => {
  switch (by) {
    case 'approval':
      if (!state.awaitsApproval) return 'it has `approval`: a person must say yes';
      return 'the pull request comes from a fork: the build waits for an approval';
    case 'max-parallel':
      return `at most ${templateOf(state, job)?.maxParallel ?? 1} of its matrix run at once (\`max_parallel\`)`;
  }
};
