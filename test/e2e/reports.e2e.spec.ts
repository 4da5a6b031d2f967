import { readFileSync } from 'node:fs';
import type { TestCase } from '#events';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../harness/images.js';
import { startSystem, type System } from '../harness/system.js';

type Page = Readonly<{ totals: unknown; items: readonly TestCase[]; next: string | null; unread: unknown }>;

const REPORT = readFileSync(new URL('../../libs/test-report/src/golden/pytest.xml', import.meta.url), 'utf8');
const TOTALS = { passed: 4, failed: 2, errors: 2, skipped: 2 };

/** From what a test tool has written in a container to the answers of the API. */
describe('reports of tests', () => {
  let system: System;
  let repo: GitFixture;
  const identity = { id: 4712, name: 'octo/tested' };

  beforeAll(async () => {
    await ensureBusyboxImage();
    system = await startSystem({ executor: 'docker' });
    repo = await system.fixture('tested');
    system.github.state.repos.set(identity.name, { ...identity, defaultBranch: 'main', dir: repo.gitDir });
  });
  afterAll(() => system.stop());

  it('are read also when the job has failed, and shown with what failed first', async () => {
    const spec = [
      `image: ${BUSYBOX_IMAGE}`,
      'jobs:',
      '  test:',
      '    steps: [mkdir reports && cp pytest.txt reports/a.xml && echo "<html>" >reports/b.xml, exit 3, echo never]',
      "    reports: {junit: ['reports/*.xml']}",
      '  none: {steps: ["true"], reports: {junit: none.xml}}',
    ].join('\n');
    const sha = await repo.commit({ '.cairn.yml': spec, 'pytest.txt': REPORT });
    const payload = pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha });
    const { buildId } = await system.delivery((await system.deliver('push', payload)).guid);
    const build = await system.finished(buildId ?? '', 60_000);
    expect(build.jobs[0]).toMatchObject({ status: 'failed', failure: { kind: 'step', step: 2 }, tests: TOTALS });
    expect(build.jobs[1]).toMatchObject({ status: 'passed', tests: null });
    expect(build.jobs[0]?.steps.at(-1)).toMatchObject({ name: 'Keep reports', status: 'passed' });

    const tests = (job: string, query: string): Promise<Page> =>
      system.get<Page>(`/api/builds/${build.id}/jobs/${job}/tests?${query}`);
    const first = await tests('test', 'limit=4&attempt=1');
    expect(first).toMatchObject({ totals: TOTALS, unread: [{ file: 'reports/b.xml', line: 1 }] });
    expect(first.items.map(({ name, outcome }) => `${outcome} ${name}`)).toEqual([
      ...['failed test_fails', 'error test_needs', 'error test_closes', 'failed test_turns'],
    ]);
    expect(first.items[0]).toMatchObject({ file: 'tests/test_engine.py', line: 9 });
    const second = await tests('test', `limit=4&cursor=${first.next}`);
    const third = await tests('test', `limit=4&cursor=${second.next}`);
    expect([...second.items, ...third.items].map(({ outcome }) => outcome)).toEqual([
      ...['skipped', 'skipped', 'passed', 'passed', 'passed', 'passed'],
    ]);
    expect(third.next).toBeNull();
    expect(await tests('none', '')).toMatchObject({ totals: null, items: [] });
    const log = (await system.raw(build.id, 'test', 'step=4')).toString();
    expect(log).toBe(
      'not read: reports/b.xml: it is no JUnit report: it begins with <html>\n' +
        'tests: 2 failed, 2 errors, 4 passed, 2 skipped\n',
    );
  }, 90_000);
});
