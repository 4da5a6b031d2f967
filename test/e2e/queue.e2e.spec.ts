import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUpJetStream, DEFAULT_STREAM_SETTINGS } from '#jetstream';
import type { QueueView } from '#domain';
import { ticketsOf } from '#events';
import { eventually } from '#testing';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { openBrowser } from '../harness/browser.js';
import { startSystem, type System } from '../harness/system.js';

/** Why jobs wait, against the real system; and that a job whose pool has no runner waits for one to come. */
describe('the queue', () => {
  let system: System;
  let repo: GitFixture;
  let gates: string;
  const identity = { id: 4711, name: 'octo/app' };

  beforeAll(async () => {
    gates = await mkdtemp(join(tmpdir(), 'cairn-gates-'));
    system = await startSystem({
      executor: 'host',
      slots: 4,
      environment: { CAIRN_REPO_LIMIT: '3', CAIRN_LEASE: '5' },
    });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
  });
  afterAll(async () => {
    await system.stop();
    await rm(gates, { recursive: true, force: true });
  });

  const push = async (spec: string): Promise<string> => {
    const sha = await repo.commit({ '.cairn.yml': spec });
    const { guid } = await system.deliver('push', pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha }));
    return (await system.delivery(guid)).buildId ?? '';
  };
  const gate = (name: string): string => `until [ -e ${join(gates, name)} ]; do sleep 0.05; done`;
  const openGate = (name: string): Promise<void> => writeFile(join(gates, name), '');
  const queue = async (): Promise<readonly QueueView[]> =>
    (await system.get<{ items: QueueView[] }>('/api/queue')).items;
  const reasons = (items: readonly QueueView[]): Record<string, string> =>
    Object.fromEntries(items.map(({ title, reason }) => [title, reason]));

  it('keeps a job for a runner of its pool, and runs it when one comes', async () => {
    const id = await push('jobs: {render: {runs_on: gpu, steps: [echo rendered]}}');
    const [job] = await eventually(queue, (items) => items.length === 1);
    expect(job).toMatchObject({ buildId: id, jobId: 'render', pool: 'gpu', position: 1, reason: 'no-runner' });
    expect(job?.detail).toBe('no runner serves pool `gpu`; there are runners for `default`');
    // the runner is there before its pool is set up: the job is not given to a queue that nobody draws from
    const runner = await system.replica('runner', 'gpu-runner', {
      CAIRN_RUNNER_POOLS: 'gpu',
      CAIRN_DATA_DIR: join(system.directory, 'gpu'),
    });
    await eventually(
      () => system.get<{ items: { note: string | null }[] }>('/api/runners'),
      ({ items }) => items.some(({ note }) => note?.includes('`gpu` is not set up') ?? false),
    );
    expect((await queue()).map(({ reason }) => reason)).toEqual(['no-runner']);
    await setUpJetStream(system.nc, DEFAULT_STREAM_SETTINGS, [ticketsOf('gpu')]);
    const { status, jobs } = await system.finished(id);
    expect([status, jobs[0]?.attempt]).toEqual(['passed', 1]);
    await runner.kill('SIGTERM');
  });

  it('tells what each job waits for, on the page too', async () => {
    const chromium = await openBrowser();
    const id = await push(
      [
        'jobs:',
        '  wide:',
        '    matrix: {n: [1, 2, 3], max_parallel: 2}',
        `    steps: ['${gate('wide')}']`,
        ...['one', 'two'].flatMap((name) => [`  ${name}:`, `    steps: ['${gate('wide')}']`]),
        '  render: {runs_on: arm, steps: [ls]}',
        '  after: {needs: one, steps: [ls]}',
      ].join('\n'),
    );
    const expected = { render: 'no-runner', two: 'repository', 'wide (3)': 'max-parallel' };
    await eventually(queue, (items) => JSON.stringify(reasons(items)) === JSON.stringify(expected));
    const running = (await system.build(id)).jobs.filter(({ status }) => status === 'running');
    expect(running.map(({ title }) => title)).toEqual(['wide (1)', 'wide (2)', 'one']);
    const { page, faults } = await chromium.open(`${system.api}/queue`);
    await page.locator('[data-testid="queue-row"][data-reason="repository"]').waitFor();
    expect(await page.getByTestId('queue-row').count()).toBe(3);
    await page.getByText('3 of 4 slots taken').waitFor();
    await openGate('wide');
    await page.locator('[data-testid="queue-row"][data-reason="no-runner"]').waitFor();
    await eventually(
      () => page.getByTestId('queue-row').count(),
      (count) => count === 1,
    );
    expect(faults).toEqual([]);
    await chromium.browser.close();
  });
});
