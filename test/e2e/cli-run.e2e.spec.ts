import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '#testing';
import { BUSYBOX_IMAGE, cairnContainers, ensureBusyboxImage } from '../harness/images.js';

const CAIRN = join(import.meta.dirname, '../../dist/apps/cli/src/main.js');

describe('cairn run', () => {
  let directory: string;
  let tree: string;
  let runners: Set<string>;
  let child: ChildProcess | undefined;
  beforeAll(() => ensureBusyboxImage());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-run-'));
    tree = join(directory, 'tree');
    await mkdir(tree);
    runners = new Set();
  });
  afterEach(async () => {
    if (child?.exitCode === null) child.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });

  const git = (...args: string[]) => promisify(execFile)('git', ['-C', tree, ...args]);
  const start = async (spec: string, ...args: string[]) => {
    await writeFile(join(tree, '.cairn.yml'), spec);
    const shown = { out: '', err: '' };
    const env = { PATH: process.env['PATH'], HOME: directory, DOCKER_HOST: process.env['DOCKER_HOST'] };
    const started = spawn(process.execPath, [CAIRN, 'run', ...args], {
      cwd: tree,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    started.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown.out += text;
      for (const [, id = ''] of shown.out.matchAll(/ on runner (\w+): /g)) runners.add(id);
    });
    started.stderr.setEncoding('utf8').on('data', (text: string) => (shown.err += text));
    const ended = once(started, 'close').then(([code]) => code as number | null);
    return { shown, ended, process: started };
  };
  /** What a run could have left: containers, its directory, processes that know of it. */
  const left = async (): Promise<string[]> => {
    expect(runners.size).toBeGreaterThan(0); // else there would be nothing to look for
    const containers = (await Promise.all([...runners].map(cairnContainers))).flat();
    const runs = await readdir(join(directory, '.cache/cairn/runs'));
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'args=']);
    const processes = stdout.split('\n').filter((line) => line.includes(directory) && !line.startsWith('ps '));
    return [...containers, ...runs, ...processes];
  };

  it('runs in containers, on the files as they are, and leaves git as it was', async () => {
    await git('init', '--quiet', '--initial-branch=main');
    await writeFile(join(tree, 'untracked'), 'not committed\n');
    const { shown, ended } = await start(`
image: ${BUSYBOX_IMAGE}
jobs:
  first: [cat untracked, 'hostname > /tmp/x; echo "in $CAIRN_JOB on $CAIRN_BRANCH by $CAIRN_EVENT"']
  second: {needs: first, steps: ['test ! -e /tmp/x && echo a place of its own']}
`);
    expect(await ended).toBe(0);
    expect(shown.out).toContain('first  | not committed\n');
    expect(shown.out).toContain('first  | in first on main by manual\n');
    expect(shown.out).toContain('second | a place of its own\n');
    expect(shown.err).toMatch(/cairn: passed in \d+\.\d s \(2 passed\)\n$/);
    expect(shown.out).not.toContain('\u001b');
    expect((await git('status', '--porcelain')).stdout).toBe('?? .cairn.yml\n?? untracked\n');
    expect(await left()).toEqual([]);
  });

  it('fails as the pipeline does', async () => {
    const { shown, ended } = await start('steps: [exit 3]\n', '--executor', 'host');
    expect(await ended).toBe(1);
    expect(shown.err).toMatch(/cairn: build failed: step 1 ended with code 3\ncairn: failed in /);
  });

  it('runs one job with what it needs', async () => {
    const jobs = 'jobs:\n  a: [ls]\n  b: {needs: a, steps: [ls]}\n  c: {needs: b, steps: [ls]}\n  d: [ls]\n';
    const { shown, ended } = await start(jobs, 'b', '--executor', 'host');
    expect(await ended).toBe(0);
    expect(shown.err).toContain('(2 passed)');
    expect(shown.out).not.toMatch(/^[cd] /m);
  });

  it('says which rule of the file starts nothing', async () => {
    const { shown, ended } = await start('on: tag\nsteps: [ls]\n', '--event', 'push');
    expect(await ended).toBe(0);
    expect(shown.err).toContain('starts nothing: ');
    expect(shown.out).toBe('');
  });

  it.each([['docker'], ['host']])(
    'cancels at Ctrl-C, on %s: the step may clean up, then all is gone',
    async (executor) => {
      const { shown, ended, process } = await start(
        `
image: ${BUSYBOX_IMAGE}
steps:
  - |
    trap 'echo cleaned; exit 1' TERM
    echo at work
    while :; do sleep 0.1; done
`,
        ...['--executor', executor],
      );
      await eventually(
        () => shown.out,
        (text) => text.includes('build | at work'),
      );
      process.kill('SIGINT');
      expect(await ended).toBe(130);
      expect(shown.out).toContain('build | cleaned\n');
      expect(shown.err).toContain('cancelled in ');
      expect(await left()).toEqual([]);
    },
  );

  it('cancels when the command line itself is killed', async () => {
    const { shown, process } = await start('steps: [echo at work; sleep 1000; sleep 1000]\n', '--executor', 'host');
    await eventually(
      () => shown.out,
      (text) => text.includes('build | at work'),
    );
    process.kill('SIGKILL');
    await eventually(left, (rest) => rest.length === 0);
  });

  it('clears away what a run left that was killed', async () => {
    const { shown } = await start('steps: [echo at work; sleep 1000; sleep 1000]\n', '--executor', 'host');
    await eventually(
      () => shown.out,
      (text) => text.includes('build | at work'),
    );
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,args=']);
    const killed = stdout.split('\n').find((line) => line.includes('local/main.js') && line.includes(tree));
    process.kill(Number.parseInt(killed ?? '', 10), 'SIGKILL');
    expect(await left()).not.toEqual([]);
    const { ended } = await start('steps: [ls]\n', '--executor', 'host');
    expect(await ended).toBe(0);
    await eventually(left, (rest) => rest.length === 0);
  });
});
