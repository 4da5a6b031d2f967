import { candidatesOf, planDecider } from '#domain';
import { SYSTEM } from '#events';
import { now, report, times } from './measure.mjs';

const RUNS = 3;
const AT_ONCE = 3;

/** Shapes of a build of `count` jobs. */
const SHAPES = {
  'one matrix': (n) => ({ name: 'test', cell: { n: String(n) }, needs: [] }),
  'jobs of their own': (n) => ({ name: `job${n}`, cell: {}, needs: [] }),
  'chains of ten': (n) => ({ name: `job${n}`, cell: {}, needs: n % 10 > 0 ? [`job${n - 1}`] : [] }),
};

const planOf = (count, shape) => {
  const jobs = Array.from({ length: count }, (_, n) => ({
    ...{ id: `job${n}`, pool: 'default', infrastructureRetries: 2, timeoutMs: 1 },
    ...shape(n),
  }));
  const names = [...new Set(jobs.map(({ name }) => name))];
  return { templates: names.map((name) => ({ name, environment: {}, steps: [] })), jobs };
};

/** All decisions about one build, from its plan to its end, a few jobs at a time. Milliseconds for each job. */
const decided = (count, shape) => {
  let state = planDecider.initialState();
  let causes = 0;
  const execute = (command) => {
    const context = { subject: 'build.x.plan', at: '2026-01-01T00:00:00.000Z', cause: String(causes), actor: SYSTEM };
    causes += 1;
    state = planDecider.decide(state, { ...context, ...command }).reduce(planDecider.evolve, state);
  };
  const request = { buildId: 'x', repoId: 'gh-1', repo: 'a/b', number: 1, trigger: {}, origin: { kind: 'delivery' } };
  execute({ type: 'RequestBuild', request });
  execute({ type: 'PlanBuild', plan: planOf(count, shape), diagnostics: [] });
  const start = now();
  const running = [];
  while (!state.finished) {
    const room = AT_ONCE - running.length;
    const jobs = candidatesOf([['x', state]])
      .slice(0, room)
      .map(({ jobId }) => jobId);
    if (jobs.length > 0) execute({ type: 'QueueJobs', jobs });
    running.push(...jobs);
    execute({ type: 'SettleJobs', jobs: [{ jobId: running.shift(), attempt: 1, outcome: 'passed' }] });
  }
  return (now() - start) / count;
};

/** The planner's own work, without a store: linear in the number of jobs when the ratios are near 1. */
export const benchPlanner = async () => {
  for (const [what, shape] of Object.entries(SHAPES)) {
    decided(300, shape); // warm, as a service is
    const few = await times(RUNS, () => decided(100, shape));
    for (const count of [300, 1_000]) {
      const figure = await times(RUNS, () => decided(count, shape));
      report(`decisions for each of ${count} jobs: ${what}`, figure, { what: 'each of 100 jobs', value: few });
    }
  }
};
