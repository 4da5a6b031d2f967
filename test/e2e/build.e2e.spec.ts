import { eventually } from '#testing';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../harness/images.js';
import { startSystem, type System } from '../harness/system.js';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';

describe.each(['docker', 'host'] as const)('a signed push on the %s executor', (executor) => {
  let system: System;
  let repo: GitFixture;
  const identity = { id: 4711, name: 'octo/app' };

  beforeAll(async () => {
    await ensureBusyboxImage();
    system = await startSystem({ executor });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
  });
  afterAll(() => system.stop());

  it('becomes a finished build, with statuses and a byte-exact log', async () => {
    const spec = [
      `image: ${BUSYBOX_IMAGE}`,
      'jobs:',
      '  hello:',
      '    steps:',
      '      - printf "one\\ntwo \\033[31mred\\033[0m\\n\\377\\376 no newline"',
      '      - cat README.md',
      '  after:',
      '    needs: hello',
      '    steps: [echo "$CAIRN_REPO $CAIRN_BRANCH $CAIRN_BUILD_NUMBER"]',
    ].join('\n');
    const sha = await repo.commit({ '.cairn.yml': spec, 'README.md': 'what stands here\n' });
    const { status, guid } = await system.deliver(
      'push',
      pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha }),
    );
    expect(status).toBe(202);
    const { buildId } = await system.delivery(guid);
    const build = await system.finished(buildId ?? '');
    expect(build).toMatchObject({ status: 'passed', number: 1, sha, branch: 'main', repo: 'octo/app' });
    expect(await system.raw(build.id, 'hello', 'step=1')).toEqual(
      Buffer.concat([
        Buffer.from('one\ntwo \x1b[31mred\x1b[0m\n'),
        Buffer.from([0xff, 0xfe]),
        Buffer.from(' no newline'),
      ]),
    );
    expect((await system.raw(build.id, 'hello', 'step=2')).toString()).toBe('what stands here\n');
    expect((await system.raw(build.id, 'after', 'step=1')).toString()).toBe('octo/app main 1\n');
    await eventually(
      () => system.github.state.statuses.get(sha)?.map(({ state }) => state) ?? [],
      (states) => states[0] === 'pending' && states.at(-1) === 'success',
    );
    expect(system.github.state.violations).toEqual([]);
    await eventually(system.containers, (names) => names.length === 0);
  });
});
