import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '#testing';
import { runLocally, type LocalRunOptions } from './local-run.js';

const run = promisify(execFile);
/** Processes of this machine whose command line has the text. */
const processesWith = async (text: string): Promise<string[]> =>
  (await run('ps', ['-eo', 'args='])).stdout
    .split('\n')
    .filter((line) => line.includes(text) && !line.startsWith('ps '));

describe('a local run', () => {
  let directory: string;
  let root: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-local-'));
    root = join(directory, 'tree');
    await mkdir(root);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const start = (spec: string, more: Partial<LocalRunOptions> = {}, settings: Record<string, string> = {}) => {
    const [cancel, hurry] = [new AbortController(), new AbortController()];
    const shown = { out: '', said: [] as string[] };
    const trigger = { event: 'push', ref: 'refs/heads/main', branch: 'main', title: '', author: '' } as const;
    const options: LocalRunOptions = {
      root,
      repo: 'octo/cat',
      defaultBranch: 'main',
      trigger: { ...trigger, isDefaultBranch: true },
      pools: ['default'],
      approved: [],
      executor: 'host',
      hasColours: false,
      ...more,
    };
    const environment = { PATH: process.env['PATH'], HOME: directory, CAIRN_CANCEL_GRACE: '1', ...settings };
    const output = {
      out: (text: string) => void (shown.out += text),
      say: (line: string) => void shown.said.push(line),
      complain: (line: string) => void shown.said.push(line),
    };
    const ended = writeFile(join(root, '.cairn.yml'), spec).then(() =>
      runLocally(options, environment, output, { cancel: cancel.signal, hurry: hurry.signal }),
    );
    ended.catch(() => undefined); // a test looks at it when it gets there
    return { shown, cancel, hurry, ended };
  };
  const left = (): Promise<string[]> => readdir(join(directory, '.cache/cairn/runs'));

  it('gives steps the secrets of a file, and shows none', async () => {
    const secretsFile = join(directory, 'secrets.env');
    await writeFile(secretsFile, '# mine\nTOKEN=hunter2-hunter2\nKEY="line one\nline two"\n');
    const spec = 'jobs: {a: {steps: [{run: ["echo [$TOKEN]", "echo \\"$KEY\\""], secrets: [TOKEN, KEY]}]}}';
    const { shown, ended } = start(spec, { secretsFile });
    expect((await ended).finished).toBe('passed');
    expect(shown.out).toContain('[***]');
    expect(shown.out).not.toMatch(/hunter2|line one/);
    expect(await left()).toEqual([]);
    const without = start(spec);
    expect((await without.ended).finished).toBe('failed');
    expect(without.shown.out).toContain('the secret TOKEN is not stored for octo/cat');
  });

  it('says which secret of the file cannot be one, and not what it is', async () => {
    const secretsFile = join(directory, 'secrets.env');
    await writeFile(secretsFile, 'TOKEN=hunt\n');
    const { ended } = start('jobs: {a: [ls]}', { secretsFile });
    await expect(ended).rejects.toThrow(/secrets\.env: the value of TOKEN must have at least 6 characters/);
    await expect(start('jobs: {a: [ls]}', { secretsFile: join(directory, 'no') }).ended).rejects.toThrow(
      /no cannot be used/,
    );
    expect(await left()).toEqual([]);
  });

  it('shows every line of every job behind its name, and leaves nothing', async () => {
    await writeFile(join(root, 'file'), 'from the working tree\n');
    const { shown, ended } = start(`
jobs:
  first: ['echo "$CAIRN_REPO $CAIRN_BRANCH $CAIRN_EVENT"; cat file']
  second: {needs: first, steps: [{name: Count, run: seq 3000}, printf end]}
`);
    const plan = await ended;
    expect(plan.finished).toBe('passed');
    const lines = shown.out.split('\n');
    expect(lines).toContain('first  | octo/cat main push');
    expect(lines).toContain('first  | from the working tree');
    const begin = lines.indexOf('second | $ Count');
    const numbers = Array.from({ length: 3000 }, (_, index) => `second | ${index + 1}`);
    expect(lines.slice(begin + 1, begin + 3001)).toEqual(numbers);
    expect(lines.slice(begin + 3001, begin + 3003)).toEqual(['second | $ printf end', 'second | end']);
    expect(lines.at(-2)).toMatch(/^second \| passed after \d+\.\d s$/);
    expect(await left()).toEqual([]);
    expect(await processesWith(directory)).toEqual([]);
  });

  it('says what failed and what was skipped for it', async () => {
    const { shown, ended } = start('jobs:\n  a: [exit 3]\n  b: {needs: a, steps: [ls]}\n');
    const plan = await ended;
    expect(plan.finished).toBe('failed');
    expect(shown.out).toMatch(/^a \| failed after \d+\.\d s: step 1 ended with code 3$/m);
    expect(shown.out).toMatch(/^b \| skipped: a did not pass$/m);
  });

  it('runs a job with `approval` that was approved by being named', async () => {
    const spec = 'jobs:\n  a: {steps: [ls]}\n  b: {needs: a, approval: true, steps: ["echo approved"]}\n';
    const { shown, ended } = start(spec, { approved: ['b'] });
    expect((await ended).finished).toBe('passed');
    expect(shown.out).toContain('b | approved\n');
  });

  it('cancels with grace: the step may clean up, and nothing is left', async () => {
    const { shown, cancel, ended } = start(`
steps:
  - |
    trap 'echo cleaned; exit 1' TERM
    echo at work
    while :; do sleep 0.1; done
`);
    await eventually(
      () => shown.out,
      (text) => text.includes('build | at work'),
    );
    cancel.abort();
    expect((await ended).finished).toBe('cancelled');
    expect(shown.out).toContain('build | cleaned\n');
    expect(await left()).toEqual([]);
    expect(await processesWith(directory)).toEqual([]);
  });

  it('does not wait for the grace when it is hurried', async () => {
    const { shown, cancel, hurry, ended } = start(
      `steps: ["trap '' TERM; echo at work; sleep 1000; sleep 1000"]`,
      {},
      { CAIRN_CANCEL_GRACE: '600' },
    );
    await eventually(
      () => shown.out,
      (text) => text.includes('build | at work'),
    );
    cancel.abort();
    hurry.abort();
    expect((await ended).finished).toBe('cancelled');
    expect(await processesWith(directory)).toEqual([]);
  });

  it('clears up after a run that was killed', async () => {
    const runs = join(directory, '.cache/cairn/runs');
    await mkdir(join(runs, 'killed/nats'), { recursive: true });
    await writeFile(join(runs, 'killed/pid'), '1\n');
    await start('steps: [ls]').ended;
    expect(await left()).toEqual([]);
  });

  it('does not begin without an engine, unless it was told to do without', async () => {
    const { ended } = start('image: busybox\nsteps: [ls]', { executor: 'auto' }, { DOCKER_HOST: 'unix:///nowhere' });
    await expect(ended).rejects.toThrow(/--executor host$/);
  });
});
