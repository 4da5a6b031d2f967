import { createHash } from 'node:crypto';
import { jetstreamManager } from '@nats-io/jetstream';
import { BUCKETS } from '#events';
import { eventually } from '#testing';
import { pullRequestPayload, pushPayload, type GitFixture } from '../fakes/github/index.js';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../harness/images.js';
import { observe } from '../harness/observer.js';
import { startSystem, type System } from '../harness/system.js';

type Listed = Readonly<{ id: string; name: string; bytes: number; sha256: string; link: string | null }>;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const KEPT = 'step=3';

/** What jobs and builds hand on to one another as files, from the push to the download. */
describe.each(['docker', 'host'] as const)('files of jobs on the %s executor', (executor) => {
  let system: System;
  let repo: GitFixture;
  const identity = { id: 4711, name: 'octo/app' };

  beforeAll(async () => {
    if (executor === 'docker') await ensureBusyboxImage();
    system = await startSystem({ executor, environment: { CAIRN_ARTIFACT_LIMIT: '80000000' } });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
  });
  afterAll(() => system.stop());

  const image = executor === 'docker' ? [`image: ${BUSYBOX_IMAGE}`] : [];
  const push = async (lines: readonly string[], branch = 'main', more: Record<string, string> = {}) => {
    const sha = await repo.commit({ '.cairn.yml': [...image, ...lines].join('\n'), ...more });
    const payload = pushPayload({ repo: identity, ref: `refs/heads/${branch}`, after: sha });
    const { buildId } = await system.delivery((await system.deliver('push', payload)).guid);
    return system.finished(buildId ?? '', 60_000);
  };
  const log = async (build: string, job: string, query: string): Promise<string> =>
    (await system.raw(build, job, query)).toString();
  const listed = async (build: string, job: string): Promise<readonly Listed[]> =>
    (await system.get<{ items: Listed[] }>(`/api/builds/${build}/jobs/${job}/artifacts`)).items;
  const download = (build: string, job: string, id: string): Promise<Response> =>
    fetch(`${system.api}/api/builds/${build}/jobs/${job}/artifacts/${id}`);

  it('are kept, found by the jobs that need them, and downloaded as they were', async () => {
    const build = await push([
      'jobs:',
      '  make:',
      "    matrix: {part: ['1', '2']}",
      '    steps:',
      '      - mkdir -p dist/deep && head -c 67108864 /dev/urandom >dist/big-${{ matrix.part }} && cat dist/big-${{ matrix.part }} | sha256sum',
      '      - printf "#!/bin/sh\\necho ran ${{ matrix.part }}\\n" >dist/deep/run && chmod 755 dist/deep/run && ln -s deep/run dist/link && ln -s /etc dist/etc && touch dist/not.map',
      "    artifacts: ['dist/**', '!**/*.map', 'none/*']",
      '  use:',
      '    needs: make',
      '    steps: ["for i in 1 2; do sha256sum <dist/big-$i; done; dist/link", "ls dist"]',
      '  alone:',
      '    needs: make',
      '    artifacts_from: []',
      '    steps: ["test ! -e dist"]',
    ]);
    expect(build).toMatchObject({ status: 'passed' });
    const [first, second] = build.jobs;
    const hashes = await Promise.all(
      [first, second].map(async (job) => (await log(build.id, job?.id ?? '', 'step=1')).split(' ')[0]),
    );
    expect((await log(build.id, 'use', 'step=1')).match(/[0-9a-f]{64}/g)).toEqual(hashes);
    expect(await log(build.id, 'use', 'step=1')).toContain('ran 2\n'); // of files of one name the last counts
    expect(await log(build.id, 'use', 'step=0')).toContain('that of make (2) is taken');
    const kept = await log(build.id, first?.id ?? '', KEPT);
    expect(kept).toContain('not kept: dist/etc: it is a link to /etc');
    expect(kept).toContain('kept dist/link -> deep/run\n');
    expect(kept).toContain('nothing matches none/*\n3 files kept');
    expect(kept).not.toContain('.map');
    expect(first?.artifacts).toMatchObject({ files: 3 });
    expect(first?.steps.at(-1)).toMatchObject({ name: 'Keep artifacts', status: 'passed', index: 3 });

    const items = await listed(build.id, first?.id ?? '');
    expect(items.map(({ name }) => name)).toEqual(['dist/big-1', 'dist/deep/run', 'dist/link']);
    const answer = await download(build.id, first?.id ?? '', items[0]?.id ?? '');
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect([answer.status, bytes.length, sha256(bytes)]).toEqual([200, 67_108_864, hashes[0]]);
    expect(items[0]).toMatchObject({ bytes: bytes.length, sha256: hashes[0], link: null });
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="big-1"/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await download(build.id, first?.id ?? '', 'f'.repeat(24))).status).toBe(404);
    expect((await download(build.id, first?.id ?? '', items[2]?.id ?? '')).status).toBe(404);
  }, 120_000);

  it('are kept also of a job that fails, and fail it when they are too large', async () => {
    const build = await push([
      'jobs:',
      '  fails: {steps: [echo why >report.txt, exit 3], artifacts: [report.txt]}',
      '  large: {steps: [echo small >a, head -c 80000001 /dev/zero >b], artifacts: [a, b]}',
    ]);
    expect(build.status).toBe('failed');
    expect(build.jobs[0]).toMatchObject({ failure: { kind: 'step', step: 2 }, artifacts: { files: 1 } });
    const [report] = await listed(build.id, 'fails');
    expect(await (await download(build.id, 'fails', report?.id ?? '')).text()).toBe('why\n');
    expect(build.jobs[1]).toMatchObject({
      failure: { kind: 'setup', step: 3, message: expect.stringContaining('b has 76.3 MiB, a file may have 76.3 MiB') },
      artifacts: { files: 1 },
    });
  }, 60_000);

  it('are said to be gone when they are', async () => {
    const build = await push(['steps: [echo one >one]', 'artifacts: one']);
    const [one] = await listed(build.id, 'build');
    expect((await download(build.id, 'build', one?.id ?? '')).status).toBe(200);
    await (await jetstreamManager(system.nc)).streams.purge(`OBJ_${BUCKETS.artifacts}`);
    const gone = await download(build.id, 'build', one?.id ?? '');
    expect([gone.status, await gone.text()]).toEqual([410, expect.stringContaining('one is no longer stored')]);
  });

  it('come back in the next build from a cache, and a pull request writes none that main reads', async () => {
    const spec = (mark: string) => [
      'on: {push: {}, pull_request: {}}',
      `environment: {MARK: ${mark}}`,
      "cache: {key: \"deps-${{ hash('lock', 'locks/*') }}\", restore_keys: deps-, paths: [~/.store, deps]}",
      'steps:',
      '  - cat deps/a ~/.store/b || echo nothing',
      '  - mkdir -p deps ~/.store; echo "a of $MARK" >deps/a; echo "b of $MARK" >~/.store/b',
    ];
    const job = 'build';
    const one = await push(spec('one'), 'main', { lock: '1' });
    expect(one).toMatchObject({ status: 'passed' });
    expect(await log(one.id, job, 'step=1')).toMatch(/nothing\n$/);
    expect(await log(one.id, job, KEPT)).toMatch(/^cache deps-[0-9a-f]{64} saved, /);

    const two = await push(spec('two'), 'main');
    expect(await log(two.id, job, 'step=1')).toBe('a of one\nb of one\n');
    expect(await log(two.id, job, 'step=0')).toMatch(/cache deps-[0-9a-f]{64} restored/);
    expect(await log(two.id, job, KEPT)).toBe(''); // there is one of just this key

    const sha = await repo.commit({ '.cairn.yml': [...image, ...spec('three')].join('\n'), lock: '2' });
    await repo.git('update-ref', 'refs/pull/7/head', sha);
    const [head, base] = [
      { ref: 'feature', sha },
      { ref: 'main', sha: two.sha },
    ];
    const payload = pullRequestPayload({ repo: identity, number: 7, action: 'opened', head, base });
    const { buildId } = await system.delivery((await system.deliver('pull_request', payload)).guid);
    const three = await system.finished(buildId ?? '', 60_000);
    expect(three).toMatchObject({ status: 'passed', pullRequest: 7 });
    expect(await log(three.id, job, 'step=1')).toBe('a of one\nb of one\n'); // by the beginning of its key
    expect(await log(three.id, job, KEPT)).toMatch(/^cache deps-[0-9a-f]{64} saved, /);

    const four = await push(spec('four'), 'main', { lock: '2' });
    expect(await log(four.id, job, 'step=1')).toBe('a of one\nb of one\n'); // not the pull request's, of the same key
    expect(await log(four.id, job, KEPT)).toMatch(/^cache deps-[0-9a-f]{64} saved, /);
  }, 120_000);

  // a job on the host ends with its runner
  const itInContainers = executor === 'docker' ? it : it.skip;
  itInContainers(
    'are saved in a cache by a runner that took the job over amid its steps',
    async () => {
      const spec = [
        'cache: {key: "over-${{ hash(\'lock\') }}", paths: [over]}',
        'steps:',
        '  - mkdir -p over; echo kept >over/a; echo 9 >lock; until [ -e go ]; do sleep 0.1; done',
      ];
      const { place } = observe(system);
      const sha = await repo.commit({ '.cairn.yml': [...image, ...spec].join('\n'), lock: '8' });
      const payload = pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha });
      const { buildId } = await system.delivery((await system.deliver('push', payload)).guid);
      const workspace = await place(buildId ?? '', 'build');
      await eventually(
        () => workspace.read('lock'),
        (text) => text === '9\n',
      );
      await system.services.runner.kill('SIGKILL');
      await system.services.runner.start();
      await workspace.write('go', '');
      const one = await system.finished(buildId ?? '', 60_000);
      expect(one).toMatchObject({ status: 'passed', jobs: [{ attempt: 1, earlier: [] }] });
      expect(await log(one.id, 'build', 'step=2')).toMatch(/^cache over-[0-9a-f]{64} saved, /);
      const two = await push([spec[0] ?? '', 'steps: [cat over/a]'], 'main', { lock: '8' });
      expect(await log(two.id, 'build', 'step=1')).toBe('kept\n');
    },
    120_000,
  );
});
