import { ScriptedEngine, ScriptedExecutor } from '../../apps/runner/testing/scripted/index.js';
import { describeRuns } from './running/describe-runs.js';
import { RunWorld } from './running/run-world.js';

const AT_A_TIME = 12;

/** What a user sees of a build, from the webhook on: real planner, real runner, places that do what the case says. */
describe('a build', () => {
  const make = (directory: string): ScriptedExecutor => new ScriptedExecutor(new ScriptedEngine(directory));
  const count = describeRuns(
    () => RunWorld.open(make, 'scripted', { DOCKER_HOST: 'unix:///nowhere', CAIRN_RUNNER_SLOTS: '32' }),
    AT_A_TIME,
  );

  it('has many cases', () => expect(count).toBeGreaterThanOrEqual(60));
});
