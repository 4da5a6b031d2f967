import { jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import Docker from 'dockerode';
import { eventually } from '#testing';
import { DockerExecutor, parseDockerHost, type DockerAddress, type Sandbox } from './executor/index.js';
import { BUSYBOX_IMAGE, makeTestImages } from './executor/test-images.js';
import { archive } from './executor/steps.contract.js';
import { Interruption } from './interruption.js';
import { JobSecrets, type KeptSecrets } from './secrets/index.js';
import { TestAttempt, step } from './test-attempt.js';

// Other tests may be running on the same cores.
jest.setTimeout(60_000);

/** The runner's process ends in mid-step, and another takes the container over. */
describe('the steps of a job that is taken over', () => {
  const runner = `test${randomBytes(4).toString('hex')}`;
  const executor = () => new DockerExecutor({ address: parseDockerHost() as DockerAddress, runner });
  const spec = { slot: `t${randomBytes(6).toString('hex')}`, image: BUSYBOX_IMAGE, environment: {}, fork: false };
  let attempt: TestAttempt;

  beforeAll(() => makeTestImages(new Docker({ socketPath: '/var/run/docker.sock' })), 60_000);
  beforeEach(async () => {
    attempt = await TestAttempt.begin();
  });
  afterEach(() => executor().reap(new Set()));

  const adopted = async (): Promise<Sandbox> => {
    const sandbox = await executor().adopt(spec);
    if (!sandbox) throw new Error('nothing was adopted');
    return sandbox;
  };

  it('are masked as before, when the first runner ended amid a secret, and one was withheld', async () => {
    const kept: KeptSecrets[] = [{ values: [['KEY', 'hunter2 hunter2']], withheld: [] }];
    const secrets = (): JobSecrets => new JobSecrets(kept.at(-1) as KeptSecrets, (more) => kept.push(more));
    const steps = [
      step('echo "LEAK=$KEY" >>$CAIRN_OUTPUT', { secrets: ['KEY'] }),
      step('printf "begin\\nhunter2"; while ! [ -e go ]; do sleep 0.02; done; echo " hunter2"; echo "<$KEY>"', {
        secrets: ['KEY'],
      }),
    ];
    attempt.secrets = secrets();
    const sandbox = await executor().create(spec, () => undefined);
    const first = attempt.run(sandbox, steps);
    await eventually(
      () => Promise.resolve(attempt.logs.get(2) ?? ''),
      (log) => log === 'begin\n',
    );
    await sandbox.detach();
    await expect(first).rejects.toMatchObject({ disposition: 'abandon' });
    expect(attempt.logs.get(2)).toBe('begin\n');

    const successor = await adopted();
    attempt.secrets = secrets();
    const reported = new Map([
      [0, 'passed'],
      [1, 'passed'],
      [2, 'running'],
    ] as const);
    const second = attempt.run(successor, steps, { steps: reported, ends: new Map() });
    await successor.unpack(archive({ go: '' }));
    const { failure, outputs } = await second;
    expect([failure, outputs.size]).toEqual([undefined, 0]);
    expect(attempt.logs.get(1)).toBe('cairn: the output LEAK is not handed on: it holds a secret\n');
    expect(attempt.logs.get(2)).toBe('begin\n***\n<***>\n');
  });

  it('go on within the second try of a step, each line once and nothing executed twice', async () => {
    const steps = [
      step('echo A=1 >>$CAIRN_ENV; echo V=2 >>$CAIRN_OUTPUT'),
      step(
        'echo run >>runs; printf "begin $(wc -l <runs)"; [ $(wc -l <runs) = 2 ]; echo; echo up; ' +
          'while ! [ -e go ]; do sleep 0.02; done; echo end $A',
        { retries: 2 },
      ),
      step('cat runs; touch seen'),
    ];
    const sandbox = await executor().create(spec, () => undefined);
    const first = attempt.run(sandbox, steps);
    await eventually(
      () => Promise.resolve(attempt.logs.get(2) ?? ''),
      (log) => log.includes('up\n'),
    );
    await sandbox.detach();
    await expect(first).rejects.toMatchObject({ disposition: 'abandon' });

    const successor = await adopted();
    const reported = new Map([
      [0, 'passed'],
      [1, 'passed'],
      [2, 'running'],
    ] as const);
    const known = { steps: reported, ends: new Map() };
    const second = attempt.run(successor, steps, known, new Interruption({ graceMs: 1_000, cleanUpMs: 1_000 }));
    await await new Docker({ socketPath: '/var/run/docker.sock' })
      .getContainer(`cairn-${runner}-${spec.slot}`)
      .exec({ Cmd: ['touch', '/cairn/workspace/go'] })
      .then((exec) => exec.start({ Detach: true }))
      .then((connection) => connection.destroy()); // the engine leaves it open
    const { failure, outputs } = await second;
    expect(failure).toBeUndefined();
    expect(attempt.logs.get(2)).toBe('begin 1\ncairn: the command ended with code 1; try 2 of 3\nbegin 2\nup\nend 1\n');
    expect(attempt.logs.get(3)).toBe('run\nrun\n');
    expect([...outputs]).toEqual([['V', '2']]);
  });
});
