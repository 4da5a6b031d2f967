import { eventually } from '#testing';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { startSystem, type System } from '../harness/system.js';

/** What the spec's rules come to, from a webhook to the page and the commit's status. */
describe('a spec with rules', () => {
  let system: System;
  let repo: GitFixture;
  let first: string;
  const identity = { id: 4711, name: 'octo/app' };
  const spec = [
    ...['on:', '  push:', '    branches: [main]', "    paths: ['src/**', .cairn.yml]", "  tag: ['v*']", 'jobs:'],
    ...['  test:', "    matrix: {node: ['20', '22'], max_parallel: 1}", '    steps: [echo tested]'],
    ...['  flaky:', '    allow_failure: true', '    steps: [exit 3]'],
    ...['  release:', '    when: {event: tag}', '    steps: [echo "released $CAIRN_TAG"]'],
    ...['  after:', '    needs: [test, flaky, release]', '    steps: [echo after]'],
  ].join('\n');

  beforeAll(async () => {
    system = await startSystem({ executor: 'host' });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
    first = await repo.commit({ '.cairn.yml': spec });
    await repo.git('tag', '--annotate', '--message', 'One', 'v1');
  });
  afterAll(() => system.stop());
  afterEach(() => expect(system.github.state.violations).toEqual([]));

  const push = async (after: string, change: Partial<Parameters<typeof pushPayload>[0]> = {}) => {
    const payload = pushPayload({ repo: identity, ref: 'refs/heads/main', after, ...change });
    return system.delivery((await system.deliver('push', payload)).guid);
  };
  const status = (sha: string, state: string) =>
    eventually(
      () => system.github.state.statuses.get(sha)?.at(-1),
      (last) => last?.state === state,
    );
  const outline = async (buildId: string | null) => {
    const build = await system.finished(buildId ?? '');
    return { build, jobs: build.jobs.map((job) => `${job.title} ${job.status}`) };
  };

  it('runs a matrix and what needs it, skips by `when`, and lets a job fail that may', async () => {
    const { build, jobs } = await outline((await push(first)).buildId);
    expect(jobs).toEqual(['test (20) passed', 'test (22) passed', 'flaky failed', 'release skipped', 'after passed']);
    expect(build).toMatchObject({ status: 'passed', why: { runs: true, line: 2 } });
    expect(build.jobs[2]).toMatchObject({ allowFailure: true, failure: { kind: 'step' } });
    expect(build.jobs[3]?.reason).toMatch(/^its `when` \(line 14\): .*`tag`/);
    expect((await system.raw(build.id, build.jobs[1]?.id ?? '')).toString()).toBe('tested\n');
    expect((await status(first, 'success'))?.description).toMatch(/^3 jobs passed, 1 failed as allowed, 1 skipped in /);
  });

  it('is told to the commit that a filter kept from being built', async () => {
    const sha = await repo.commit({ 'docs/a.md': 'words\n' });
    const delivery = await push(sha, { before: first });
    expect(delivery).toMatchObject({ outcome: 'ignored', reason: 'filtered', line: 4, buildId: null });
    expect((await status(sha, 'success'))?.description).toBe(`skipped: ${delivery.detail}`);
  });

  it('builds a tag that it names', async () => {
    const { build, jobs } = await outline((await push(first, { ref: 'refs/tags/v1' })).buildId);
    expect(build).toMatchObject({ status: 'passed', event: 'tag', tag: 'v1', branch: null, sha: first });
    expect(jobs).toContain('release passed');
    expect((await system.raw(build.id, 'release')).toString()).toBe('released v1\n');
    expect(await push(first, { ref: 'refs/tags/test' })).toMatchObject({ reason: 'filtered', line: 5 });
  });
});
