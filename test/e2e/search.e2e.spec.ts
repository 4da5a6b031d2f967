import { eventually } from '#testing';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { openBrowser } from '../harness/browser.js';
import { startSystem, type System } from '../harness/system.js';

type Hit = Readonly<{
  build: { id: string; branch: string };
  job: { id: string; title: string };
  step: { index: number; name: string };
  line: number;
  text: string;
  before: readonly { line: number; text: string }[];
  after: readonly { line: number; text: string }[];
}>;
type Answer = Readonly<{
  items: readonly Hit[];
  next: string | null;
  builds: { searched: number; total: number } | null;
}>;

/** Logs of builds are looked through, by the API and in a real browser. */
describe('search', () => {
  let system: System;
  let repo: GitFixture;
  let failed: string;
  let passed: string;
  const identity = { id: 4711, name: 'octo/app' };

  const search = async (query: Readonly<Record<string, string>>): Promise<Answer> =>
    (await fetch(`${system.api}/api/search/logs?${new URLSearchParams(query).toString()}`)).json() as Promise<Answer>;
  const built = async (branch: string, status: string, ...steps: string[]): Promise<string> => {
    const spec = ['jobs:', '  test:', '    steps:', ...steps.map((step) => `      - ${JSON.stringify(step)}`)].join(
      '\n',
    );
    const sha = await repo.commit({ '.cairn.yml': spec });
    const push = pushPayload({ repo: identity, ref: `refs/heads/${branch}`, after: sha });
    const { guid } = await system.deliver('push', push);
    const id = (await system.delivery(guid)).buildId ?? '';
    await eventually(
      () => system.build(id),
      (build) => build.status === status,
    );
    return id;
  };

  beforeAll(async () => {
    system = await startSystem({ executor: 'host' });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
    failed = await built(
      'main',
      'failed',
      'seq 1 500',
      'echo before; echo "Connection <b>refused</b>: db:5432"; exit 1',
    );
    passed = await built('feature', 'passed', 'printf "connection \\033[32mrefused\\033[0m, tried again\\nafter\\n"');
    await eventually(
      () => search({ q: 'refused' }),
      ({ items }) => items.length === 2,
    );
  });
  afterAll(() => system.stop());

  it('finds lines of all builds, newest first, with what is about them', async () => {
    const { items, next, builds } = await search({ q: '"connection refused"', context: '1' });
    expect(items).toMatchObject([
      { build: { id: passed, branch: 'feature' }, line: 1, text: 'connection refused, tried again' },
    ]);
    expect(items[0]?.after).toEqual([{ line: 2, text: 'after' }]);
    expect([next, builds]).toEqual([null, null]);
    const [other] = (await search({ q: 'db:5432', context: '2' })).items;
    expect(other).toMatchObject({ build: { id: failed }, job: { id: 'test', title: 'test' }, step: { index: 2 } });
    expect(other?.before).toEqual([{ line: 1, text: 'before' }]);
  });

  it.each([
    ['repo', 'octo/app', 2],
    ['repo', 'octo/other', 0],
    ['branch', 'feature', 1],
    ['status', 'failed', 1],
    ['since', '1h', 2],
    ['since', '2100-01-01', 0],
  ])('looks only into builds of %s %s', async (key, value, expected) => {
    const { items, builds } = await search({ q: 'refused', [key]: value });
    expect(items).toHaveLength(expected);
    expect(builds).toEqual({ searched: expected, total: expected });
  });

  it('gives pages that go on where the last one ended', async () => {
    const first = await search({ q: 'refused', limit: '1' });
    const second = await search({ q: 'refused', limit: '1', cursor: first.next ?? '' });
    expect([...first.items, ...second.items].map(({ build }) => build.id)).toEqual([passed, failed]);
  });

  it.each([
    ['', /q: what to look for/],
    ['q=%2B%2B', /no word/],
    ['q=a&cursor=nonsense', /not from an earlier answer/],
    ['q=a&since=tomorrow', /since: a time/],
    ['q=a&context=99', /context: a whole number from 0 to 10/],
    ['q=a&status=broken', /status: one of/],
  ])('refuses ?%s in words', async (query, words) => {
    const answer = await fetch(`${system.api}/api/search/logs?${query}`);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { detail: string }).detail).toMatch(words);
  });

  it('shows what was found, and leads to the line', async () => {
    const chromium = await openBrowser();
    const { page, faults } = await chromium.open(`${system.api}/search`);
    await page.getByLabel('Words').fill('refused db');
    await page.getByLabel('Words').press('Enter');
    const hit = page.getByTestId('search-hit');
    await hit.getByText('Connection <b>refused</b>: db:5432').waitFor();
    expect(await hit.locator('mark').allTextContents()).toEqual(['refused', 'db']);
    expect(await page.getByTestId('search-summary').textContent()).toBe('1 line');
    await hit.getByRole('link').click();
    await page.locator('[data-testid="log-line"][data-step="2"][data-line="2"].marked').waitFor();
    await page.goBack();
    await page.getByTestId('search-hit').waitFor();
    await page.getByLabel('Branch').fill('nowhere');
    await page.getByLabel('Branch').press('Enter');
    await page.getByText('No line has all of this.').waitFor();
    expect(new URL(page.url()).search).toBe('?q=refused+db&branch=nowhere');
    expect(faults).toEqual([]);
    await chromium.browser.close();
  });
});
