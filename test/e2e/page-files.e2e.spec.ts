import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { eventually } from '#testing';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { openBrowser } from '../harness/browser.js';
import { startSystem, type System } from '../harness/system.js';

/** What a job wrote, and what waits, in a real browser: names that would be markup or script are text. */
describe('the page shows', () => {
  let system: System;
  let repo: GitFixture;
  let chromium: Awaited<ReturnType<typeof openBrowser>>;
  const identity = { id: 4711, name: 'octo/app' };

  beforeAll(async () => {
    system = await startSystem({ executor: 'host' });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
    chromium = await openBrowser();
  });
  afterAll(async () => {
    await chromium?.browser.close();
    await system?.stop();
  });

  const push = async (files: Readonly<Record<string, string>>): Promise<string> => {
    const sha = await repo.commit(files);
    const { guid } = await system.deliver('push', pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha }));
    return (await system.delivery(guid)).buildId ?? '';
  };
  /** Of what a job wrote nothing may become part of the page. */
  const open = async (path: string) => {
    const { page, faults } = await chromium.open(`${system.api}${path}`);
    page.on('dialog', (dialog) => {
      faults.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    return { page, faults };
  };
  /** On a phone and on a desk, by day and by night: nothing is wider than the window. */
  const fits = async (page: Page): Promise<void> => {
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [390, 1280]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        expect([width, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([width, width]);
      }
  };

  const NAME = '<img src=x onerror=alert(1)>.txt';
  const CASE = '&lt;script&gt;alert(2)&lt;/script&gt;';

  it('artifacts by their names, and gives them as they were', async () => {
    const build = await push({
      '.cairn.yml': [
        'jobs:',
        '  keeps:',
        `    steps: ['ln -s "deep/a & b" link']`,
        `    artifacts: ['*.txt', 'deep/**', 'link']`,
        '  bare: {steps: [echo nothing]}',
      ].join('\n'),
      [NAME]: 'what was kept\n',
      'deep/a & b': 'x'.repeat(3000),
      [`deep/${'very-'.repeat(30)}long`]: '',
    });
    expect((await system.finished(build)).status).toBe('passed');
    const { page, faults } = await open(`/builds/${build}/jobs/keeps`);
    const list = page.getByTestId('artifacts');
    expect(await list.locator('summary').innerText()).toBe('4 artifacts');
    expect(await list.getByRole('link').first().isVisible()).toBe(false);
    await list.locator('summary').click();
    await list.getByText('link → deep/a & b').waitFor();
    await list.getByText('2.9 KiB').waitFor();
    expect(await list.getByRole('link').count()).toBe(3);
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      list.getByRole('link', { name: NAME, exact: true }).click(),
    ]);
    expect(await readFile(await saved.path(), 'utf8')).toBe('what was kept\n');
    expect(saved.suggestedFilename()).toMatch(/^.img src=x onerror=alert\(1\).\.txt$/);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    await fits(page);

    await page.goto(`${system.api}/builds/${build}/jobs/bare`);
    await page.getByText('nothing', { exact: true }).waitFor();
    for (const id of ['artifacts', 'tests', 'service']) expect(await page.getByTestId(id).count()).toBe(0);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('what failed of the tests, and what could not be read, as text', async () => {
    const build = await push({
      '.cairn.yml': "jobs: {test: {steps: [exit 1], reports: {junit: ['r/*.xml']}}}",
      'r/a.xml': [
        '<testsuite name="s"><testcase name="fine" classname="c"/><testcase name="later"><skipped/></testcase>',
        `<testcase name="${CASE}" file="src/a.test.ts" line="7">`,
        '<failure message="&lt;img src=x onerror=alert(3)&gt;">expected 1</failure></testcase></testsuite>',
      ].join(''),
      'r/b.xml': '<html>',
    });
    expect((await system.finished(build)).status).toBe('failed');
    const { page, faults } = await open(`/builds/${build}/jobs/test`);
    const tests = page.getByTestId('tests');
    const failed = tests.getByTestId('failed-test');
    await failed.waitFor(); // open, since something failed
    expect(await failed.count()).toBe(1);
    expect(await failed.innerText()).toContain('<script>alert(2)</script> src/a.test.ts:7');
    expect(await failed.innerText()).toContain('<img src=x onerror=alert(3)>');
    expect(await tests.locator('summary').innerText()).toBe('1 passed, 1 failed, 1 skipped');
    await tests.getByText('not read: r/b.xml:1: it is no JUnit report: it begins with <html>').waitFor();
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    await fits(page);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('that nothing waits, then what waits and why, then nothing again', async () => {
    const { page, faults } = await open('/queue');
    await page.getByText('Nothing waits.').waitFor();
    expect(await page.getByRole('list', { name: 'Runners' }).getByRole('listitem').count()).toBe(1);
    const build = await push({
      '.cairn.yml': `jobs: {render: {runs_on: gpu, matrix: {os: ['<b id=bad>x</b>']}, steps: [echo]}}`,
    });
    const row = page.getByTestId('queue-row');
    await row.waitFor();
    expect(await row.getAttribute('data-reason')).toBe('no-runner');
    expect(await row.locator('a.title').innerText()).toBe('render (<b id=bad>x</b>)');
    expect(await row.locator('.reason').innerText()).toContain('no runner serves pool `gpu`');
    expect(await page.locator('#bad').count()).toBe(0);
    await fits(page);
    await row.locator('a.title').click();
    await page.getByText('The log begins here when the job starts.').waitFor();
    await page.goBack();
    await system.request(`/api/builds/${build}/cancel`);
    await page.getByText('Nothing waits.').waitFor();
    await eventually(
      () => row.count(),
      (count) => count === 0,
    );
    expect(faults).toEqual([]);
    await page.close();
  });
});
