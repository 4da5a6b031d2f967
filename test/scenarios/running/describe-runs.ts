import { atATime } from './at-a-time.js';
import { play } from './play.js';
import { runScenarios, type RunScenario } from './run-scenario.js';
import type { RunWorld } from './run-world.js';

/** Bounds a test that hangs: the first one waits for nats-server and the services, too. */
const LIMIT_MS = 120_000;

/** Runs all cases that are wanted, so many at a time, and looks at each. @returns how many there are */
export const describeRuns = (
  open: () => Promise<RunWorld>,
  most: number,
  isWanted: (scenario: RunScenario) => boolean = () => true,
): number => {
  const scenarios = [...runScenarios()].flatMap(([theme, cases]) =>
    cases.filter(isWanted).map((scenario) => ({ title: `${theme}: ${scenario.case}`, scenario })),
  );
  let world: RunWorld;
  let outcomes: readonly Promise<unknown>[] = [];

  beforeAll(async () => {
    world = await open();
    outcomes = atATime(scenarios, most, ({ scenario }, index) => play(world, scenario, index + 1));
    for (const outcome of outcomes) outcome.catch(() => undefined); // each is looked at by its own test
  }, LIMIT_MS);
  afterAll(async () => {
    await Promise.allSettled(outcomes);
    await world.close();
  }, LIMIT_MS);

  it.each(scenarios.map(({ title, scenario }, index) => [title, scenario, index] as const))(
    '%s',
    async (_title, { ends, second, ignored }, index) =>
      expect(await outcomes[index]).toEqual(ignored === undefined ? { ends, ...(second && { second }) } : { ignored }),
    LIMIT_MS,
  );
  return scenarios.length;
};
