import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import { jest } from '@jest/globals';
import { DockerExecutor, parseDockerHost, type Sandbox } from './executor/index.js';
import { BUSYBOX_IMAGE, makeTestImages } from './executor/test-images.js';
import { type ServiceLogs } from './service-logs.js';
import { step, TestAttempt } from './test-attempt.js';
import { eventually } from '#testing';

jest.setTimeout(60_000);

const runner = `test${randomBytes(4).toString('hex')}`;
const makeExecutor = (): DockerExecutor => {
  const address = parseDockerHost();
  if (!address) throw new TypeError('no address');
  return new DockerExecutor({ address, runner });
};

beforeAll(() => makeTestImages(new Docker({ socketPath: '/var/run/docker.sock' })), 60_000);
afterAll(() => makeExecutor().reap(new Set()));

describe('the logs of services', () => {
  it('are those of the steps after the last, live, and go on where they were when another process takes over', async () => {
    const command = (script: string) => ['sh', '-c', script];
    const services = [
      {
        name: 'web',
        image: BUSYBOX_IMAGE,
        environment: {},
        command: command('echo up; trap "echo down; exit" TERM; while :; do sleep 0.05; done'),
      },
      { name: 'once', image: BUSYBOX_IMAGE, environment: {}, command: command('echo one; sleep 2; exit 3') },
    ];
    const spec = {
      slot: `t${randomBytes(6).toString('hex')}`,
      image: BUSYBOX_IMAGE,
      environment: {},
      fork: false,
      services,
    };
    const sandbox: Sandbox = await makeExecutor().create(spec, () => undefined);
    const attempt = await TestAttempt.begin();
    const first = new AbortController();
    const before = attempt.serviceLogs([step('true')], first.signal);
    before.begin(sandbox);
    await eventually(
      () => [attempt.logs.get(3), attempt.logs.get(4)],
      (logs) => logs.join() === 'up\n,one\n',
    );
    first.abort(new Error('this process has ended'));
    await sandbox.detach();

    const successor = await makeExecutor().adopt(spec);
    if (!successor) throw new TypeError('nothing was adopted');
    const after: ServiceLogs = attempt.serviceLogs([step('true')], new AbortController().signal);
    after.begin(successor, await attempt.known());
    await eventually(
      () => attempt.reported(),
      (reported) => reported.length === 1,
    );
    await after.end();
    expect([attempt.logs.get(3), attempt.logs.get(4)]).toEqual(['up\ndown\n', 'one\n']);
    expect([...(await attempt.reported())].sort()).toEqual([
      [3, 'passed', null],
      [4, 'failed', 3],
    ]);
    await successor.remove();
  });
});
