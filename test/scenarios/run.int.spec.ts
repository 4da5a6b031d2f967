import { ScriptedEngine, ScriptedExecutor } from '../../apps/runner/testing/scripted/index.js';
import { atATime } from './running/at-a-time.js';
import { play } from './running/play.js';
import { runScenarios } from './running/run-scenario.js';
import { RunWorld } from './running/run-world.js';

const AT_A_TIME = 12;

/** What a user sees of a build, from the webhook on: real planner, real runner, places that do what the case says. */
describe('a build', () => {
  const scenarios = [...runScenarios()].flatMap(([theme, cases]) =>
    cases.map((scenario) => ({ title: `${theme}: ${scenario.case}`, scenario })),
  );
  let world: RunWorld;
  let outcomes: readonly Promise<unknown>[] = [];

  beforeAll(async () => {
    const make = (directory: string): ScriptedExecutor => new ScriptedExecutor(new ScriptedEngine(directory));
    world = await RunWorld.open(make, 'scripted', { DOCKER_HOST: 'unix:///nowhere' });
    outcomes = atATime(scenarios, AT_A_TIME, ({ scenario }, index) => play(world, scenario, index + 1));
    for (const outcome of outcomes) outcome.catch(() => undefined); // each is looked at by its own test
  });
  afterAll(async () => {
    await Promise.allSettled(outcomes);
    await world.close();
  });

  it.each(scenarios.map(({ title, scenario }, index) => [title, scenario, index] as const))(
    '%s',
    async (_title, { ends, second, ignored }, index) =>
      expect(await outcomes[index]).toEqual(ignored === undefined ? { ends, ...(second && { second }) } : { ignored }),
  );

  it('has many cases', () => expect(scenarios.length).toBeGreaterThanOrEqual(60));
});
