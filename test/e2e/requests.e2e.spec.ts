import { eventually } from '#testing';
import { pullRequestPayload, pushPayload, type GitFixture } from '../fakes/github/index.js';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../harness/images.js';
import { startSystem, type System } from '../harness/system.js';

type Answer = Readonly<{ status: string; buildId: string | null; detail: string | null }>;

/** What people ask for by the API, each with a recorded answer. */
describe('requests of people', () => {
  let system: System;
  let repo: GitFixture;
  const identity = { id: 4711, name: 'octo/app' };
  const spec = `image: ${BUSYBOX_IMAGE}\nsteps: [echo "$CAIRN_EVENT $CAIRN_PULL_REQUEST $CAIRN_BASE"]\n`;

  beforeAll(async () => {
    await ensureBusyboxImage();
    system = await startSystem({ executor: 'docker', slots: 2, repos: '' });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
    await repo.commit({ '.cairn.yml': spec });
  });
  afterAll(() => system.stop());

  const answerTo = (request: string): Promise<Answer> =>
    eventually(
      () => system.get<Answer>(`/api/requests/${request}`),
      ({ status }) => status !== 'pending',
    );

  it('enables a repository by its name; until then its pushes are ignored', async () => {
    const push = async () => {
      const after = await repo.git('rev-parse', 'HEAD');
      const { guid } = await system.deliver('push', pushPayload({ repo: identity, ref: 'refs/heads/main', after }));
      return system.delivery(guid);
    };
    expect(await push()).toMatchObject({ reason: 'repository-not-enabled' });
    expect(await answerTo(await system.request('/api/repos', { repo: 'octo/app' }))).toMatchObject({
      status: 'accepted',
    });
    expect(await push()).toMatchObject({ outcome: 'accepted' });
  });

  it('says why a repository cannot be enabled', async () => {
    const answer = await answerTo(await system.request('/api/repos', { repo: 'octo/nothing' }));
    expect(answer).toMatchObject({ status: 'refused' });
    expect(answer.detail).toMatch(/octo\/nothing/);
  });

  it('runs a branch, and reruns a build as a new one of the same commit', async () => {
    const run = await answerTo(await system.request('/api/repos/octo%2Fapp/builds', { ref: 'main' }));
    const first = await system.finished(run.buildId ?? '');
    expect(first).toMatchObject({ status: 'passed', event: 'manual', branch: 'main' });
    const rerun = await answerTo(await system.request(`/api/builds/${first.id}/rerun`));
    const second = await system.finished(rerun.buildId ?? '');
    expect(second).toMatchObject({ status: 'passed', sha: first.sha, number: first.number + 1 });
    expect(second.id).not.toBe(first.id);
  });

  it('lets a pull request from a fork wait for an approval, which binds the commit', async () => {
    const sha = await repo.commit({ 'a.txt': 'from a fork' });
    await repo.git('update-ref', 'refs/pull/7/head', sha);
    const { guid } = await system.deliver(
      'pull_request',
      pullRequestPayload({
        repo: identity,
        action: 'opened',
        number: 7,
        head: { ref: 'feature', sha, repo: { id: 99, name: 'stranger/app' } },
        base: { ref: 'main', sha },
      }),
    );
    const { buildId } = await system.delivery(guid);
    const id = buildId ?? '';
    await eventually(
      () => system.build(id),
      ({ status }) => status === 'awaiting_approval',
    );
    await eventually(
      () => system.github.state.statuses.get(sha)?.at(-1),
      (status) => status?.state === 'pending' && /approval/.test(status.description ?? ''),
    );
    const wrong = await answerTo(await system.request(`/api/builds/${id}/approve`, { sha: '1'.repeat(40) }));
    expect(wrong).toMatchObject({ status: 'refused' });
    expect((await system.build(id)).jobs.map(({ attempt }) => attempt)).toEqual([0]);
    expect(await answerTo(await system.request(`/api/builds/${id}/approve`, { sha }))).toMatchObject({
      status: 'accepted',
    });
    expect(await system.finished(id)).toMatchObject({ status: 'passed', pullRequest: 7, branch: null });
    expect((await system.raw(id, 'build')).toString()).toBe('pull_request 7 main\n');
  });

  it('refuses to cancel what is over, and what does not exist', async () => {
    const run = await answerTo(await system.request('/api/repos/octo%2Fapp/builds', {}));
    await system.finished(run.buildId ?? '');
    const answer = await answerTo(await system.request(`/api/builds/${run.buildId ?? ''}/cancel`));
    expect(answer).toMatchObject({ status: 'refused', detail: 'the build is over' });
    await expect(system.request('/api/builds/000000000ffffffffffff/cancel')).rejects.toThrow(/404/);
  });

  it('needs the token for every change', async () => {
    const response = await fetch(`${system.api}/api/repos`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"repo":"octo/app"}',
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toMatch(/problem\+json/);
  });
});
