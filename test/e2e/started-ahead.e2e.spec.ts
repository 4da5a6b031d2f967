import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '#testing';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../harness/images.js';
import { containersOf, jobPlace } from '../harness/job-place.js';
import { observe } from '../harness/observer.js';
import { startSystem, type System } from '../harness/system.js';

/** Containers that wait for jobs, across builds and deaths of the runner. */
describe('a runner that starts containers ahead', () => {
  let system: System;
  let repo: GitFixture;
  const identity = { id: 4711, name: 'octo/app' };

  beforeAll(async () => {
    await ensureBusyboxImage();
    system = await startSystem({ executor: 'docker', environment: { CAIRN_DOCKER_AHEAD: '2' } });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
  });
  afterAll(() => system?.stop());

  const build = async (script: string): Promise<string> => {
    const sha = await repo.commit({ '.cairn.yml': `image: ${BUSYBOX_IMAGE}\nsteps:\n  - ${script}\n`, script });
    const payload = pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha });
    return (await system.delivery((await system.deliver('push', payload)).guid)).buildId ?? '';
  };
  const runningContainers = async (): Promise<readonly string[]> => {
    const id = await readFile(join(system.environment.CAIRN_DATA_DIR, 'runner/id'), 'utf8');
    return containersOf(id.trim(), 'running');
  };
  /** So many containers wait, beside those of these slots, and nothing else is there any more. */
  const waiting = async (count: number, slots: readonly string[] = []): Promise<readonly string[]> => {
    const isOf = (name: string): boolean => slots.some((slot) => name.endsWith(slot));
    const names = await eventually(
      async () => [await system.containers(), await runningContainers()] as const,
      ([all, running]) =>
        all.length === count + slots.length &&
        running.length === all.length &&
        slots.every((slot) => all.some((name) => name.endsWith(slot))),
    );
    return names[1].filter((name) => !isOf(name));
  };

  it('runs the next job in one of them, takes it over after a kill, and leaves nothing when it stops', async () => {
    const { started, logUntil } = observe(system);
    const first = await build('echo first');
    expect((await system.finished(first)).status).toBe('passed');
    const used = (await started(first, 'build', 1)).slot;
    const ahead = await eventually(
      () => waiting(2),
      (names) => !names.some((name) => name.endsWith(used)),
    );

    const id = await build('echo up; while ! [ -e go ]; do sleep 0.1; done; cat script; echo "$CAIRN_BUILD_ID"');
    const { slot } = await started(id, 'build', 1);
    expect(ahead.some((name) => name.endsWith(slot))).toBe(true);
    await logUntil(id, 'build', 1, (text) => text.includes('up\n'));
    const before = await waiting(2, [slot]);
    await system.services.runner.kill('SIGKILL');
    expect(await waiting(2, [slot])).toEqual(before);
    await system.services.runner.start();
    await eventually(
      () => waiting(2, [slot]),
      (names) => !names.some((name) => before.includes(name)),
    );
    await jobPlace('docker', slot, system.directory).write('go', '');
    expect(await system.finished(id)).toMatchObject({ status: 'passed', jobs: [{ attempt: 1 }] });
    expect((await system.raw(id, 'build')).toString()).toContain(`${id}\n`);

    await waiting(2);
    await system.services.runner.kill('SIGTERM');
    expect(await system.containers()).toEqual([]);
  });
});
