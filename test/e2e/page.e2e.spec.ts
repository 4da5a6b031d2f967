import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '#testing';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { openBrowser } from '../harness/browser.js';
import { ADMIN_TOKEN, startSystem, type System } from '../harness/system.js';

/** The page in a real browser, against the real system. */
describe('the page', () => {
  let system: System;
  let repo: GitFixture;
  let chromium: Awaited<ReturnType<typeof openBrowser>>;
  let gates: string;
  const identity = { id: 4711, name: 'octo/app' };

  beforeAll(async () => {
    gates = await mkdtemp(join(tmpdir(), 'cairn-gates-'));
    system = await startSystem({ executor: 'host' });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
    chromium = await openBrowser();
  });
  afterAll(async () => {
    await chromium.browser.close();
    await system.stop();
    await rm(gates, { recursive: true, force: true });
  });

  const push = async (spec: string) => {
    const sha = await repo.commit({ '.cairn.yml': spec });
    const { guid } = await system.deliver('push', pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha }));
    return (await system.delivery(guid)).buildId ?? '';
  };
  /** A step that goes on when the test opens its gate. */
  const gate = (name: string): string => `until [ -e ${join(gates, name)} ]; do sleep 0.05; done`;
  const openGate = (name: string): Promise<void> => writeFile(join(gates, name), '');

  it('shows lines while the job still runs, then the end, without a reload', async () => {
    const id = await push(
      [
        'jobs:',
        '  slow:',
        '    steps:',
        `      - 'echo first line; ${gate('a')}; echo second line'`,
        `      - 'echo "<script>alert(1)</script>"'`,
      ].join('\n'),
    );
    const { page, faults } = await chromium.open(`${system.api}/builds/${id}/jobs/slow`);
    await page.getByText('first line', { exact: true }).waitFor();
    expect((await system.build(id)).jobs[0]?.steps[1]?.status).toBe('running');
    expect(await page.getByText('second line', { exact: true }).count()).toBe(0);
    await openGate('a');
    await page.getByText('second line', { exact: true }).waitFor();
    await page.getByText('<script>alert(1)</script>', { exact: true }).waitFor();
    await eventually(
      () => system.build(id),
      ({ status }) => status === 'passed',
    );
    await page.locator('[data-testid="status"][data-status="passed"]').first().waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  it('lists builds live, and leads from the list to the log', async () => {
    const { page, faults } = await chromium.open(system.api);
    const before = await page.getByTestId('build-row').count();
    const id = await push('jobs: {quick: {steps: [echo from the list]}}');
    await eventually(
      () => page.getByTestId('build-row').count(),
      (count) => count === before + 1,
    );
    await page.locator(`[data-testid="build-row"][data-build="${id}"] a`).first().click();
    await page.getByTestId('job-link').first().click();
    await page.getByText('from the list', { exact: true }).waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  it('shows a rejected spec with its place, and every delivery with its answer', async () => {
    const id = await push('jobs:\n  a:\n    stepz: [x]\n');
    const { page, faults } = await chromium.open(`${system.api}/builds/${id}`);
    expect(await page.getByTestId('diagnostic').first().innerText()).toMatch(/3:5/);
    await system.deliver('ping', { zen: 'x', hook_id: 1 });
    await page.goto(`${system.api}/deliveries`);
    await page.locator('[data-testid="delivery-row"][data-outcome="ignored"]').first().waitFor();
    await page.locator('[data-testid="delivery-row"][data-outcome="accepted"]').first().waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  it('lets who has the token cancel a build, and nobody else', async () => {
    const id = await push(`jobs: {slow: {steps: ['echo waits; ${gate('never')}']}}`);
    const { page } = await chromium.open(`${system.api}/builds/${id}`);
    expect(await page.getByTestId('cancel').count()).toBe(0);
    await page.goto(`${system.api}/login?token=${ADMIN_TOKEN}`);
    await page.goto(`${system.api}/builds/${id}`);
    await page.getByTestId('cancel').click();
    await page.locator('[data-testid="status"][data-status="cancelled"]').first().waitFor();
    expect((await system.finished(id)).cancelReason).toBe('user');
    await page.close();
  });
});
