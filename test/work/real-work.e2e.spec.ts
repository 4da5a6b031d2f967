import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestCase, TestTotals } from '#events';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { copyFromImage } from '../harness/debian-image.js';
import { observe, type Observer } from '../harness/observer.js';
import { startSystem, type System } from '../harness/system.js';
import { countsOfTotals, type Counts } from './own-counts.js';
import { npmProject, pythonProject, type RealProject } from './real-projects.js';

const MINUTES = 60_000;
const PAGE = 200;

type Page = Readonly<{
  totals: TestTotals;
  items: readonly TestCase[];
  next: string | null;
  unread: readonly unknown[];
}>;
type Run = Readonly<{ status: string; own: Counts; told: Counts; reported: Counts; listed: Counts; first: string }>;

/** Tests of projects that others wrote, run by their own runners in jobs: what these counted is what Cairn tells. */
describe('real work', () => {
  let system: System;
  let seen: Observer;
  beforeAll(async () => {
    system = await startSystem({ executor: 'docker', slots: 1 });
    seen = observe(system);
  });
  afterAll(() => system.stop());

  const listOf = async (build: string): Promise<readonly TestCase[]> => {
    const items: TestCase[] = [];
    for (let next: string | null = ''; next !== null;) {
      const path = `/api/builds/${build}/jobs/test/tests?limit=${PAGE}${next === '' ? '' : `&cursor=${next}`}`;
      const page: Page = await system.get<Page>(path);
      expect(page.unread).toEqual([]);
      items.push(...page.items);
      next = page.next;
    }
    return items;
  };
  const counted = (items: readonly TestCase[]): Counts => {
    const of = (...outcomes: readonly string[]) => items.filter(({ outcome }) => outcomes.includes(outcome)).length;
    return { passed: of('passed'), failed: of('failed', 'error'), skipped: of('skipped') };
  };

  /** Pushes a commit, and gives the counts from everywhere they are told. */
  const build = async (project: RealProject, repo: { id: number; name: string }, sha: string): Promise<Run> => {
    const payload = pushPayload({ repo, ref: 'refs/heads/main', after: sha });
    const { buildId = '' } = await system.delivery((await system.deliver('push', payload)).guid);
    const { jobs } = await system.finished(buildId ?? '', 4 * MINUTES);
    if (jobs[0]?.tests == null) throw new Error(`no tests were reported: ${JSON.stringify(jobs)}`);
    const [event] = await seen.events.ofType('TestsReported', buildId ?? '');
    const items = await listOf(buildId ?? '');
    const log = (await system.raw(buildId ?? '', 'test')).toString();
    return {
      status: jobs[0]?.status ?? 'none',
      own: project.countsIn(log),
      told: countsOfTotals(jobs[0]?.tests as TestTotals),
      reported: countsOfTotals(event?.event.data.totals as TestTotals),
      listed: counted(items),
      first: items[0]?.outcome ?? 'none',
    };
  };

  it.each([
    ['pytest', 'a Python project', pythonProject, 4_713],
    ['node --test', 'an npm project', npmProject, 4_714],
  ])(
    'counts the tests that %s ran of %s as it does itself, also when a change breaks some',
    async (_, name, make, id) => {
      const project = await make();
      const repo: GitFixture = await system.fixture(name.replaceAll(' ', '-'));
      const identity = { id, name: `octo/work-${id}` };
      system.github.state.repos.set(identity.name, { ...identity, defaultBranch: 'main', dir: repo.gitDir });
      await copyFromImage(project.image, '/project', repo.dir);
      const job = { steps: [project.command], reports: { junit: 'report.xml' } };
      const spec = JSON.stringify({ image: project.image, jobs: { test: job } });

      const sound = await build(project, identity, await repo.commit({ '.cairn.yml': spec }));
      expect(sound.own.passed).toBeGreaterThan(500);
      expect(sound).toMatchObject({ status: 'passed', told: sound.own, reported: sound.own, listed: sound.own });
      expect(sound.own.failed).toBe(0);

      await appendFile(join(repo.dir, project.mistake.file), project.mistake.text);
      const broken = await build(project, identity, await repo.commit({}));
      expect(broken.own.failed).toBeGreaterThan(0);
      expect(broken).toMatchObject({ status: 'failed', told: broken.own, reported: broken.own, listed: broken.own });
      expect(broken.first).not.toBe('passed');
    },
    8 * MINUTES,
  );
});
