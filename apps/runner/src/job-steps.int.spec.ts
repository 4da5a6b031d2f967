import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineUnavailable } from '#errors';
import type { StepTemplate } from '#events';
import { eventually } from '#testing';
import { JobSecrets } from './secrets/index.js';
import { HostExecutor, type Sandbox } from './executor/index.js';
import { FENCED, TestAttempt, after, step } from './test-attempt.js';

/** Steps on the host, for real; what is reported goes to an event store in memory, and the log is kept here. */
describe('the steps of a job', () => {
  let directory: string;
  let executor: HostExecutor;
  let sandbox: Sandbox;
  let attempt: TestAttempt;
  let slots = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-steps-'));
    executor = new HostExecutor({ dataDir: directory, path: process.env['PATH'] as string });
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  beforeEach(async () => {
    sandbox = await executor.create({ slot: `slot${(slots += 1)}`, environment: {}, fork: false });
    attempt = await TestAttempt.begin();
  });
  afterEach(async () => {
    attempt.interruption.close();
    await sandbox.remove();
  });

  const run = (...steps: readonly StepTemplate[]) => attempt.run(sandbox, steps);

  it('end with the first that fails, but those that say so run on', async () => {
    const end = await run(
      step('echo one'),
      step('exit 3'),
      step('echo never'),
      after('echo sorry', 'failed'),
      after('echo bye', 'passed', 'failed'),
      after('echo no', 'cancelled'),
    );
    expect(end.failure).toEqual({ kind: 'step', message: 'step 2 ended with code 3', step: 2 });
    expect([...attempt.logs]).toEqual([
      [1, 'one\n'],
      [4, 'sorry\n'],
      [5, 'bye\n'],
    ]);
    expect(await attempt.reported()).toEqual([
      [1, 'passed', 0],
      [2, 'failed', 3],
      [4, 'passed', 0],
      [5, 'passed', 0],
    ]);
  });

  it('go on after one that is allowed to fail, which is shown as failed', async () => {
    const end = await run(step('exit 3', { allowFailure: true }), step('echo next'));
    expect(end.failure).toBeUndefined();
    expect(await attempt.reported()).toEqual([
      [1, 'failed', 3],
      [2, 'passed', 0],
    ]);
  });

  it('are tried again as often as they say, in one log that tells of it', async () => {
    const flaky = 'echo try >>tries; printf "half a line"; [ $(wc -l <tries) -ge 3 ]';
    const end = await run(step(flaky, { retries: 4 }), step('cat tries'));
    expect(end.failure).toBeUndefined();
    expect(attempt.logs.get(1)).toBe(
      'half a line\ncairn: the command ended with code 1; try 2 of 5\n' +
        'half a line\ncairn: the command ended with code 1; try 3 of 5\nhalf a line',
    );
    expect(attempt.logs.get(2)).toBe('try\ntry\ntry\n');
    expect(await attempt.reported()).toEqual([
      [1, 'passed', 0],
      [2, 'passed', 0],
    ]);
  });

  it('end when they take too long, each by its own limit', async () => {
    const end = await run(step('echo on; sleep 1000', { timeoutMs: 300 }), after('echo over', 'failed'));
    expect(end.failure).toMatchObject({ kind: 'timeout', step: 1 });
    expect(attempt.logs.get(2)).toBe('over\n');
  });

  it('begin where they say, in the shell they name', async () => {
    await run(
      step('mkdir -p sub/dir'),
      step('pwd', { workingDirectory: 'sub/dir' }),
      step('false; echo "$0 went on"', { shell: 'sh -u' }),
    );
    expect(attempt.logs.get(2)).toBe(`${sandbox.workspace}/sub/dir\n`);
    expect(attempt.logs.get(3)).toContain('went on\n');
  });

  it('hand variables on to later steps, and outputs to later jobs; what the step itself says goes first', async () => {
    const end = await run(
      step('echo A=1 >>$CAIRN_ENV; echo B=1 >>$CAIRN_ENV; echo VERSION=7 >>$CAIRN_OUTPUT'),
      step('echo "$A$B"; echo A=2 >>$CAIRN_ENV', { environment: { B: 'own' } }),
      step('echo "$A$B"'),
    );
    expect([attempt.logs.get(2), attempt.logs.get(3)]).toEqual(['1own\n', '21\n']);
    expect([...end.outputs]).toEqual([['VERSION', '7']]);
  });

  it('fail in words when what they write to $CAIRN_ENV cannot be used', async () => {
    const end = await run(step('printf done; echo PATH=/tmp >>$CAIRN_ENV'), step('echo never'));
    expect(end.failure?.message).toContain('PATH cannot be set');
    expect(attempt.logs.get(1)).toMatch(/^done\ncairn: .*PATH cannot be set\n$/);
    expect(await attempt.reported()).toEqual([[1, 'failed', 0]]);
  });

  it('fail in words when their condition cannot be worked out, without being run', async () => {
    const end = await run(step('echo ran', { when: { expression: "environment.X < 'y'" } }));
    expect(end.failure).toMatchObject({ kind: 'step', step: 1 });
    expect(attempt.logs.get(1)).toMatch(/^cairn: .*when/);
    expect(attempt.logs.get(1)).not.toContain('ran\n');
  });

  it('clean up after a cancellation, and nothing else runs', async () => {
    const running = run(
      step("trap 'echo told; exit 7' TERM; echo up; while :; do sleep 0.05; done"),
      step('echo never'),
      after('echo not this one', 'failed'),
      after('echo clean', 'passed', 'failed', 'cancelled'),
    );
    await eventually(
      () => Promise.resolve(attempt.logs.get(1)),
      (log) => log === 'up\n',
    );
    attempt.interruption.raise('cancelled', FENCED);
    await running;
    expect(attempt.logs.get(1)).toContain('told\n');
    expect([...attempt.logs.keys()]).toEqual([1, 4]);
    expect(await attempt.reported()).toEqual([
      [1, 'cancelled', 7],
      [4, 'passed', 0],
    ]);
  });

  it('clean up after the job took too long as after a failure', async () => {
    const running = run(step('echo up; sleep 1000'), after('echo clean', 'failed'));
    await eventually(
      () => Promise.resolve(attempt.logs.get(1)),
      (log) => log === 'up\n',
    );
    attempt.interruption.raise('timeout', FENCED);
    await running;
    expect(attempt.logs.get(2)).toBe('clean\n');
    expect(await attempt.reported()).toEqual([
      [1, 'failed', 143],
      [2, 'passed', 0],
    ]);
  });

  it('begin nothing when it cannot be read what those before have handed on', async () => {
    const exchange = (): Promise<never> => Promise.reject(new EngineUnavailable('it is gone'));
    const deaf = Object.assign(Object.create(sandbox) as Sandbox, { exchange });
    const known = { steps: new Map([[1, 'passed'] as const]), ends: new Map() };
    const end = await attempt.run(deaf, [step('true'), step('echo never')], known);
    expect(end.failure).toMatchObject({ kind: 'infrastructure', message: expect.stringContaining('it is gone') });
    expect(attempt.logs.size).toBe(0);
  });

  it('get the secrets that they name, and none shows whichever step prints it', async () => {
    attempt.secrets = new JobSecrets({ values: [['KEY', "it's a secret"]], withheld: [] }, () => undefined);
    const end = await run(
      step('echo "<$KEY>" | tee kept; tr "\\0" " " </proc/$$/cmdline | grep -c secret || true', { secrets: ['KEY'] }),
      step('echo "${KEY-unset}"; cat kept; printf "it\'s a sec"; printf ret; printf %s "it\'s a s"', {
        name: "of it's a secret",
      }),
      step('echo "$KEY"', { secrets: ['KEY'], environment: { KEY: 'of the step' } }),
      step('echo "PATH$KEY=1" >>$CAIRN_ENV', { secrets: ['KEY'] }),
    );
    expect([...attempt.logs.values()]).toEqual([
      '<***>\n0\n',
      "unset\n<***>\n***it's a s",
      '***\n',
      expect.stringMatching(/^cairn: .*line 1 is not of the form/),
    ]);
    expect(end.failure?.message).not.toContain('secret');
  });

  it('begin nothing when the job is handed back', async () => {
    attempt.interruption.raise('handed-back', FENCED);
    await run(step('echo never'), after('echo never', 'passed', 'failed', 'cancelled'));
    expect(attempt.logs.size).toBe(0);
  });
});
