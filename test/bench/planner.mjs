import { admit, foremostOf, groupMoves, planDecider, poolsOf } from '#domain';
import { SYSTEM } from '#events';
import { report, times } from './measure.mjs';

const RUNS = 3;
const SLOTS = 2;
const COUNTS = [300, 1_000, 5_000];

/** Shapes of a build of `count` jobs. */
const SHAPES = {
  'one matrix': (n) => ({ name: 'test', cell: { n: String(n) }, needs: [] }),
  'jobs of their own': (n) => ({ name: `job${n}`, cell: {}, needs: [] }),
  'chains of ten': (n) => ({ name: `job${n}`, cell: {}, needs: n % 10 > 0 ? [`job${n - 1}`] : [] }),
  'one after all others': (n, count) => ({
    ...{ name: `job${n}`, cell: {} },
    needs: n === count - 1 ? Array.from({ length: n }, (_, other) => `job${other}`) : [],
  }),
};

const planOf = (count, shape) => {
  const jobs = Array.from({ length: count }, (_, n) => ({
    ...{ id: `job${n}`, pool: 'default', infrastructureRetries: 2, timeoutMs: 1 },
    ...shape(n, count),
  }));
  const names = [...new Set(jobs.map(({ name }) => name))];
  return { templates: names.map((name) => ({ name, environment: {}, steps: [] })), jobs };
};

/** A build that is planned; `events`: how many its plan has had. */
class Build {
  state = planDecider.initialState();
  events = 0;
  #causes = 0;

  constructor(count, shape) {
    const origin = { kind: 'delivery' };
    const request = { buildId: 'x', repoId: 'gh-1', repo: 'a/b', number: 1, trigger: {}, origin };
    this.execute({ type: 'RequestBuild', request });
    this.execute({ type: 'PlanBuild', plan: planOf(count, shape), diagnostics: [] });
  }

  execute(command) {
    const cause = String((this.#causes += 1));
    const context = { subject: 'build.x.plan', at: '2026-01-01T00:00:00.000Z', cause, actor: SYSTEM };
    const events = planDecider.decide(this.state, { ...context, ...command });
    this.state = events.reduce(planDecider.evolve, this.state);
    this.events += events.length;
  }

  /** As the planner that has the lease admits when something has changed. */
  admit(slots) {
    const builds = [['x', this.state]];
    const groups = new Map();
    groupMoves(builds, groups);
    const pools = poolsOf(builds, [{ pools: ['default'], capacity: slots }], new Map());
    const jobs = admit(foremostOf(builds, groups, pools), pools).map(({ jobId }) => jobId);
    if (jobs.length > 0) this.execute({ type: 'QueueJobs', jobs });
    return jobs;
  }
}

/** All decisions about one build, from its plan to its end, a few jobs at a time. Microseconds of the processor for each job. */
const decided = (count, shape) => {
  const build = new Build(count, shape);
  const start = process.cpuUsage();
  const running = [];
  while (!build.state.finished) {
    running.push(...build.admit(SLOTS));
    build.execute({ type: 'SettleJobs', jobs: [{ jobId: running.shift(), attempt: 1, outcome: 'passed' }] });
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / count;
};

const queuedAtOnce = (count) => {
  const build = new Build(count, SHAPES['one matrix']);
  build.admit(count);
  return build.events;
};

/** The planner's own work, without a store: linear in the number of jobs when the ratios are near 1. */
export const benchPlanner = async () => {
  report('a matrix of 256 cells, requested, planned and queued', queuedAtOnce(256), undefined, 'events of its plan');
  for (const [what, shape] of Object.entries(SHAPES)) {
    decided(1_000, shape); // warm, as a service is
    const few = await times(RUNS, () => decided(100, shape));
    for (const count of COUNTS) {
      const figure = await times(RUNS, () => decided(count, shape));
      report(`decisions for each of ${count} jobs: ${what}`, figure, { what: 'each of 100 jobs', value: few }, 'µs');
    }
  }
};
