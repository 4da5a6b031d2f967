import { isOver, planDecider, readyJobs, type PlanCommand, type PlanState } from '#domain';
import { SYSTEM, type JobsSkipped, type Plan, type PlanEvent, type Trigger } from '#events';
import { rowName, type Scenario } from './scenario.js';

type Outcomes = NonNullable<Scenario['outcomes']>;

const MOST_ROUNDS = 100;

/** How the attempt of a row ends, as the case has it. */
const settled = (jobId: string, row: string, attempt: number, outcomes: Outcomes) => {
  const written = Object.hasOwn(outcomes, row) ? outcomes[row] : 'passed';
  if (typeof written === 'object' && !Array.isArray(written))
    return { jobId, attempt, outcome: 'passed' as const, outputs: written as Record<string, string> };
  const list = (Array.isArray(written) ? written : [written]) as ('passed' | 'failed' | 'cancelled' | 'lost')[];
  const outcome = list[attempt - 1] ?? 'passed';
  const failure = { kind: 'step' as const, message: 'step 1 ended with code 1', step: 1 };
  return { jobId, attempt, outcome, ...(outcome === 'failed' && { failure }) };
};

/** Takes a plan from its request to its end: whatever may run is queued and ends as `outcomes` has it. */
export const driven = (plan: Plan, trigger: Trigger, outcomes: Outcomes) => {
  const events: PlanEvent[] = [];
  let state: PlanState = planDecider.initialState();
  let count = 0;
  type Given = PlanCommand extends infer C
    ? C extends PlanCommand
      ? Omit<C, 'subject' | 'at' | 'cause' | 'actor'>
      : never
    : never;
  const give = (command: Given): void => {
    const context = { subject: 'build.x.plan', at: '2026-01-01T00:00:00.000Z', cause: `c${count++}`, actor: SYSTEM };
    const decided = planDecider.decide(state, { ...context, ...command } as PlanCommand);
    events.push(...decided);
    state = decided.reduce(planDecider.evolve, state);
  };
  const request = { buildId: 'x', repoId: 'gh-1', repo: 'octo/cat', number: 1, trigger };
  give({ type: 'RequestBuild', request: { ...request, origin: { kind: 'request', id: 'r' } } });
  give({ type: 'PlanBuild', plan, diagnostics: [] });
  for (let round = 0; !isOver(state) && round < MOST_ROUNDS; round += 1) {
    give({ type: 'QueueJobs', jobs: readyJobs(state).map(({ planned }) => planned.id) });
    const queued = [...state.jobs.values()].filter(({ status }) => status === 'queued');
    const jobs = queued.map(({ planned, attempt }) => settled(planned.id, rowName(planned), attempt, outcomes));
    give({ type: 'SettleJobs', jobs });
  }
  const skips = events.flatMap((event) => (event.type === 'JobsSkipped' ? (event as JobsSkipped).data.jobs : []));
  const ends = [...state.jobs.values()].map(({ planned, status }): [string, string] => {
    const reason = skips.find(({ jobId }) => jobId === planned.id)?.reason;
    return [rowName(planned), status === 'skipped' ? `skipped ${reason}` : status];
  });
  return { ends: Object.fromEntries(ends), build: state.finished };
};
