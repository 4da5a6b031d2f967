import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import { DockerExecutor, parseDockerHost } from '../../apps/runner/src/executor/index.js';
import { BUSYBOX_IMAGE, makeTestImages } from '../../apps/runner/src/executor/test-images.js';
import { cairnContainers } from '../harness/images.js';
import { describeRuns } from './running/describe-runs.js';
import { RunWorld } from './running/run-world.js';

const AT_A_TIME = 3;

/** The cases that a container can play, too: what is expected of a build is the same, its commands are run by a shell. */
describe('a build in containers', () => {
  const runner = `test${randomBytes(4).toString('hex')}`;
  const address = parseDockerHost();
  if (!address) throw new Error('there is no address of Docker');
  const make = (): DockerExecutor => new DockerExecutor({ address, runner, defaultImage: BUSYBOX_IMAGE });
  const open = async (): Promise<RunWorld> => {
    await makeTestImages(new Docker({ socketPath: '/var/run/docker.sock' }));
    return RunWorld.open(make, 'shell', { CAIRN_RUNNER_SLOTS: '4', CAIRN_DEFAULT_IMAGE: BUSYBOX_IMAGE });
  };
  const count = describeRuns(open, AT_A_TIME, ({ docker }) => docker === true);

  it('has many cases', () => expect(count).toBeGreaterThanOrEqual(10));

  afterAll(async () => expect(await cairnContainers(runner)).toEqual([]));
});
