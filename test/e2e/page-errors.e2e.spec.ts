import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { openBrowser } from '../harness/browser.js';
import { startSystem, type System } from '../harness/system.js';

const TSC = resolve('node_modules/.bin/tsc');

/** What tools have printed is listed above the log in a real browser, and leads to its line; markup in it is text. */
describe('errors in the log of a job', () => {
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

  const built = async (steps: readonly string[], files: Readonly<Record<string, string>> = {}) => {
    const spec = ['jobs:', '  test:', '    steps:', ...steps.map((step) => `      - ${JSON.stringify(step)}`)];
    const sha = await repo.commit({ '.cairn.yml': spec.join('\n'), ...files });
    const { guid } = await system.deliver('push', pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha }));
    const build = (await system.delivery(guid)).buildId ?? '';
    return { status: (await system.finished(build, 60_000)).status, path: `${system.api}/builds/${build}/jobs/test` };
  };
  const inView = async (page: Page, text: string): Promise<boolean> => {
    const line = await page.getByTestId('log-line').getByText(text).last().boundingBox();
    const log = await page.getByTestId('log').boundingBox();
    return line !== null && log !== null && line.y >= log.y && line.y + line.height <= log.y + log.height;
  };

  it('are listed when it failed, each with its place and the way to its line', async () => {
    const { status, path } = await built(['seq 1 300', `echo compiling; ${TSC} --noEmit --pretty false src/a.ts`], {
      'src/a.ts': 'export const fine = 1;\nexport const bad: 7 = "<img src=x onerror=alert(1)>";\n',
    });
    expect(status).toBe('failed');
    const { page, faults } = await chromium.open(path);
    const list = page.getByTestId('log-errors');
    await list.waitFor();
    expect(await list.locator('summary').innerText()).toBe('1 error in the log');
    const error = list.getByTestId('log-error');
    expect(await error.count()).toBe(1);
    expect(await error.innerText()).toMatch(/^error .*"<img src=x onerror=alert\(1\)>".* src\/a\.ts:2:14 · tsc$/);
    expect(await inView(page, 'TS2322')).toBe(true); // the list takes its room from the top of the log
    await page.getByTestId('log').evaluate((box) => box.scrollTo(0, 0));
    await error.getByRole('link').click();
    await page.locator('.line.marked').getByText('TS2322').waitFor();
    expect(new URL(page.url()).hash).toBe('#s2-L2');
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      expect([width, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([width, width]);
    }
    expect(faults).toEqual([]);
    await page.close();
  });

  it('say that there are more when there are, and leave the log its room', async () => {
    const { status, path } = await built([
      `for i in $(seq 1 150); do echo "src/a.c:$i:1: error: no $i"; done; echo 'src/a.c:1:1: warning: w'; exit 1`,
    ]);
    expect(status).toBe('failed');
    const { page, faults } = await chromium.open(path);
    const list = page.getByTestId('log-errors');
    expect(await list.locator('summary').innerText()).toBe('The first 100 errors, 1 warning in the log');
    expect(await list.locator('li').first().innerText()).toMatch(/^error no 1 src\/a\.c:1:1/);
    expect(await list.locator('li').last().innerText()).toBe('There are more in the log.');
    expect((await page.getByTestId('log').boundingBox())?.height).toBeGreaterThan(300);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('are folded when it passed, and there is no list while there are none', async () => {
    const warned = await built([`echo "src/b.c:3:4: warning: unused variable 'x' [-Wunused-variable]"`]);
    expect(warned.status).toBe('passed');
    const { page, faults } = await chromium.open(warned.path);
    const list = page.getByTestId('log-errors');
    expect(await list.locator('summary').innerText()).toBe('1 warning in the log');
    expect(await list.getByTestId('log-error').isVisible()).toBe(false);
    await list.locator('summary').click();
    expect(await list.getByTestId('log-error').innerText()).toContain('src/b.c:3:4');

    const quiet = await built(['echo nothing to say']);
    const answered = page.waitForResponse((response) => response.url().includes('/log/errors'));
    await page.goto(quiet.path);
    expect(await (await answered).json()).toMatchObject({ items: [], complete: true });
    await page.getByText('nothing to say', { exact: true }).waitFor();
    expect(await list.count()).toBe(0);
    expect(faults).toEqual([]);
    await page.close();
  });

  it('come without a reload when a job that is looked at has ended', async () => {
    const gate = resolve(system.environment.CAIRN_DATA_DIR, 'gate');
    const sha = await repo.commit({
      '.cairn.yml': `jobs: {test: {steps: ['echo waits; until [ -e ${gate} ]; do sleep 0.1; done; echo "a.c:1:1: error: late"; exit 1']}}`,
    });
    const { guid } = await system.deliver('push', pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha }));
    const build = (await system.delivery(guid)).buildId ?? '';
    const { page, faults } = await chromium.open(`${system.api}/builds/${build}/jobs/test`);
    await page.getByText('waits', { exact: true }).waitFor();
    expect(await page.getByTestId('log-errors').count()).toBe(0);
    await writeFile(gate, '');
    await page.getByTestId('log-error').getByText('late').waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });
});
