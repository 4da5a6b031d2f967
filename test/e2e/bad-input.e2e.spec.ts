import { jetstreamManager } from '@nats-io/jetstream';
import { fact, subjects, SYSTEM } from '#events';
import { MessagePublisher } from '#jetstream';
import { eventually } from '#testing';
import { pullRequestPayload, pushPayload, type GitFixture } from '../fakes/github/index.js';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../harness/images.js';
import { startSystem, type System } from '../harness/system.js';

/** What comes from outside and is wrong gets a clear answer, and everything goes on. */
describe('bad input', () => {
  let system: System;
  let repo: GitFixture;
  const identity = { id: 4711, name: 'octo/app' };

  beforeAll(async () => {
    await ensureBusyboxImage();
    system = await startSystem({ executor: 'docker', slots: 2 });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
  });
  afterAll(() => system.stop());
  afterEach(() => expect(system.github.state.violations).toEqual([]));

  const push = (after: string, ref = 'refs/heads/main', of = identity) =>
    system.deliver('push', pushPayload({ repo: of, ref, after }));

  /** Builds a spec; gives the finished build. */
  const buildOf = async (spec: string, ref = 'refs/heads/main') => {
    const sha = await repo.commit({ '.cairn.yml': spec });
    if (ref !== 'refs/heads/main') await repo.git('update-ref', ref, sha);
    const { guid } = await push(sha, ref);
    const { buildId } = await system.delivery(guid);
    return system.finished(buildId ?? '');
  };
  const steps = (...commands: string[]): string =>
    `image: ${BUSYBOX_IMAGE}\nsteps:\n${commands.map((command) => `  - ${JSON.stringify(command)}\n`).join('')}`;

  describe('deliveries that start nothing, each with its reason', () => {
    it.each([
      ['an event never heard of', 'never_heard_of', { some: 'thing' }, 'event-not-handled'],
      ['a push without the fields', 'push', { zen: 'x' }, 'payload-mismatch'],
      ['an event name that does not fit the body', 'pull_request', 'push', 'payload-mismatch'],
      ['a body that is no object of ours', 'push', { ref: 7, after: [], repository: null }, 'payload-mismatch'],
    ])('%s', async (_, event, body, reason) => {
      const payload =
        body === 'push' ? pushPayload({ repo: identity, ref: 'refs/heads/main', after: '1'.repeat(40) }) : body;
      const { status, guid } = await system.deliver(event, payload);
      expect(status).toBe(202);
      expect(await system.delivery(guid)).toMatchObject({ outcome: 'ignored', reason, event });
    });

    it('a repository that is not enabled, before any call to the forge', async () => {
      const before = system.github.state.requests.length;
      const { guid } = await push('1'.repeat(40), 'refs/heads/main', { id: 1, name: 'stranger/app' });
      expect(await system.delivery(guid)).toMatchObject({ reason: 'repository-not-enabled' });
      expect(system.github.state.requests.slice(before).filter(({ url }) => url.includes('stranger'))).toEqual([]);
    });

    it('a repository that does not exist', async () => {
      const { guid } = await push('1'.repeat(40), 'refs/heads/main', { id: 2, name: 'octo/nothing' });
      expect(await system.delivery(guid)).toMatchObject({ reason: 'repository-unknown' });
    });

    it('a commit without a spec: ignored, and no red status', async () => {
      const sha = await repo.commit({ '.cairn.yml': undefined, 'a.txt': 'a' });
      const { guid } = await push(sha);
      expect(await system.delivery(guid)).toMatchObject({ reason: 'no-spec', buildId: null });
      expect(system.github.state.statuses.get(sha) ?? []).toEqual([]);
    });

    it('a pull request from the same repository: its push is built', async () => {
      const sha = await repo.commit({ '.cairn.yml': steps('true') });
      const { guid } = await system.deliver(
        'pull_request',
        pullRequestPayload({
          repo: identity,
          action: 'opened',
          number: 3,
          head: { ref: 'feature', sha },
          base: { ref: 'main', sha },
        }),
      );
      expect(await system.delivery(guid)).toMatchObject({ reason: 'built-by-push' });
    });
  });

  it('a spec that is not YAML: rejected, and a status error with the line', async () => {
    const build = await buildOf('image: x\njobs: [unclosed\n');
    expect(build).toMatchObject({ status: 'rejected', jobs: [] });
    expect(build.diagnostics[0]).toMatchObject({ severity: 'error', line: expect.any(Number) as number });
    await eventually(
      () => system.github.state.statuses.get(build.sha)?.at(-1),
      (status) => status?.state === 'error' && /line \d/.test(status.description ?? ''),
    );
  });

  it("an image that does not exist: failed, with the engine's own words in the log", async () => {
    const build = await buildOf('image: 127.0.0.1:9/no/such:image\nsteps: [echo hi]\n');
    expect(build).toMatchObject({
      status: 'failed',
      jobs: [{ status: 'failed', attempt: 1, failure: { kind: 'setup' } }],
    });
    const log = (await system.raw(build.id, 'build', 'step=0')).toString();
    expect(log).toMatch(/127\.0\.0\.1:9/);
    expect(log).toMatch(/connection refused|no such|not found|dial/i);
  });

  it('a command not found: failed, and said so', async () => {
    const build = await buildOf(steps('no-such-command-here'));
    expect(build.jobs[0]).toMatchObject({ status: 'failed', failure: { kind: 'step', step: 1 } });
    expect(build.jobs[0]?.steps[1]).toMatchObject({ exitCode: 127 });
    expect((await system.raw(build.id, 'build')).toString()).toMatch(/not found/);
  });

  it('a step that prints binary, reads stdin, and leaves a background process', async () => {
    const build = await buildOf(
      steps(
        "printf '\\000\\001\\377\\376\\n'",
        'cat; echo "stdin ended"',
        'sleep 1000 & echo left',
        'ps | grep -c "[s]leep" || true',
      ),
    );
    expect(build.status).toBe('passed');
    expect(await system.raw(build.id, 'build', 'step=1')).toEqual(Buffer.from([0, 1, 255, 254, 10]));
    expect((await system.raw(build.id, 'build', 'step=2')).toString()).toBe('stdin ended\n');
    expect((await system.raw(build.id, 'build', 'step=4')).toString()).toBe('0\n');
  });

  it('a step that kills its parent: an infrastructure failure by name, tried again by rule, nothing left behind', async () => {
    const build = await buildOf(steps('echo before; kill -9 $PPID; sleep 1000'));
    expect(build.jobs[0]).toMatchObject({ status: 'failed', attempt: 3, failure: { kind: 'infrastructure' } });
    expect((await system.raw(build.id, 'build')).toString()).toContain('before\n');
    await eventually(system.containers, (names) => names.length === 0);
  });

  it.each(['constructor', '--upload-pack=x', '__proto__'])(
    'a branch named %s is built like any other',
    async (branch) => {
      const build = await buildOf(steps('echo "[$CAIRN_BRANCH]"'), `refs/heads/${branch}`);
      expect(build).toMatchObject({ status: 'passed', branch });
      expect((await system.raw(build.id, 'build')).toString()).toBe(`[${branch}]\n`);
    },
  );

  it('a branch named ../../etc is refused by name, and harms nothing', async () => {
    const sha = await repo.commit({ '.cairn.yml': steps('true') });
    const { guid } = await push(sha, 'refs/heads/../../etc');
    const { buildId } = await system.delivery(guid);
    const build = await system.finished(buildId ?? '');
    expect(build).toMatchObject({ status: 'failed' });
    expect(build.jobs[0]?.failure?.message).toMatch(/\.\.\/\.\.\/etc/);
  });

  it('an undecodable event in an aggregate: one entry in DEAD, and other builds go on', async () => {
    const sha = await repo.commit({ '.cairn.yml': steps('until [ -e /cairn/workspace/never ]; do sleep 0.1; done') });
    const { guid } = await push(sha, 'refs/heads/stuck');
    const { buildId } = await system.delivery(guid);
    const id = buildId ?? '';
    await eventually(
      () => system.build(id),
      ({ status }) => status === 'running',
    );
    const publisher = new MessagePublisher(system.nc);
    const context = { subject: subjects.plan(id), at: new Date().toISOString(), cause: 'test', actor: SYSTEM };
    const good = fact('BuildCancelled', 1, context, { reason: 'user' });
    await publisher.publish(subjects.plan(id), JSON.stringify({ ...good, type: 'FromTheFuture' }));
    const health = await eventually(
      () =>
        fetch(`${system.api}/healthz`).then(async (answer) => ({ status: answer.status, text: await answer.text() })),
      ({ status }) => status === 503,
    );
    expect(health.text).toMatch(/FromTheFuture/);
    const next = await repo.commit({ '.cairn.yml': steps('echo next') });
    await push(next);
    await eventually(
      () => system.github.state.statuses.get(next)?.at(-1)?.state,
      (state) => state === 'success',
    );
    const jsm = await jetstreamManager(system.nc);
    const { state } = await jsm.streams.info('DEAD', { subjects_filter: 'dead.planner' });
    expect(state.subjects?.['dead.planner']).toBe(1);
  });
});
