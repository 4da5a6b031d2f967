import { readdir, readFile, mkdtemp, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import type { BuildView, JobView } from '#domain';
import { eventually } from '#testing';
import { CHECKED_IMAGE, makeTestImages } from '../../apps/runner/src/executor/test-images.js';
import { REGISTRY_USER, TestRegistry } from '../../apps/runner/src/executor/test-registry.js';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../harness/images.js';
import { observe } from '../harness/observer.js';
import { startSystem, type System } from '../harness/system.js';

type Answer = Readonly<{ status: string; detail: string | null }>;

const identity = { id: 4711, name: 'octo/app' };
const docker = new Docker({ socketPath: '/var/run/docker.sock' });

/** Those of this machine that were called with this argument: the engine runs here too. */
const processesWith = async (argument: string): Promise<number> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
  return lines.filter((line) => line.split('\0').includes(argument)).length;
};

const hands = (system: () => System, repo: () => GitFixture) => {
  const request = async (path: string, body?: unknown): Promise<Answer> => {
    const id = await system().request(path, body);
    return eventually(
      () => system().get<Answer>(`/api/requests/${id}`),
      ({ status }) => status !== 'pending',
    );
  };
  return {
    push: async (spec: string): Promise<string> => {
      const after = await repo().commit({ '.cairn.yml': spec });
      const { guid } = await system().deliver('push', pushPayload({ repo: identity, ref: 'refs/heads/main', after }));
      return (await system().delivery(guid)).buildId ?? '';
    },
    when: (id: string, is: (job: JobView, build: BuildView) => boolean): Promise<BuildView> =>
      eventually(
        () => system().build(id),
        (build) => build.jobs[0] !== undefined && is(build.jobs[0], build),
        30_000,
      ),
    cancel: (id: string): Promise<Answer> => request(`/api/builds/${id}/cancel`),
    /** Until its place is gone, and the page could say so. */
    ended: async (id: string): Promise<JobView> => {
      await system().finished(id, 30_000);
      const build = await eventually(
        () => system().build(id),
        ({ jobs }) => jobs[0]?.ending.at(-1)?.phase === 'removed',
      );
      return build.jobs[0] as JobView;
    },
    printed: (id: string, text: string): Promise<unknown> =>
      eventually(
        () => system().raw(id, 'build'),
        (log) => log.includes(text),
      ),
    phases: ({ ending }: JobView): string[] => ending.map(({ phase }) => phase),
  };
};

describe.each(['docker', 'host'] as const)('a cancellation, on %s', (executor) => {
  let system: System;
  let repo: GitFixture;
  const { push, cancel, ended, printed, phases } = hands(
    () => system,
    () => repo,
  );

  beforeAll(async () => {
    if (executor === 'docker') await ensureBusyboxImage();
    system = await startSystem({ executor, environment: { CAIRN_CANCEL_GRACE: '1' } });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
  }, 60_000);
  afterAll(() => system?.stop());

  it('ends a step with 200 child processes that ignore SIGTERM, cleans up, and leaves nothing', async () => {
    const seconds = executor === 'docker' ? '86311' : '86322';
    const id = await push(`image: ${BUSYBOX_IMAGE}
steps:
  - run: |
      trap '' TERM
      i=0; while [ $i -lt 200 ]; do sleep ${seconds} & i=$((i+1)); done
      echo all of them; wait
  - {name: Never, run: 'true'}
  - {name: Tidy, run: echo tidied, when: {status: cancelled}}
`);
    await printed(id, 'all of them');
    await eventually(
      () => processesWith(seconds),
      (count) => count >= 200,
    );
    await cancel(id);
    const job = await ended(id);
    expect(job).toMatchObject({ status: 'cancelled', attempt: 1 });
    expect(phases(job)).toEqual(['told', 'signalled', 'killed', 'cleaning-up', 'removed']);
    expect(job.ending.map(({ detail }) => detail).slice(1, 4)).toEqual([
      'asked step 1 to end, 1 s grace: the job was cancelled',
      'killed step 1 after 1 s',
      'began the clean-up step 3, Tidy',
    ]);
    expect(job.steps.map(({ status, cleanUp }) => [status, cleanUp])).toEqual([
      ['passed', false],
      ['cancelled', false],
      ['skipped', false],
      ['passed', true],
    ]);
    expect((await system.raw(id, 'build', 'step=3')).toString()).toBe('tidied\n');
    expect(await processesWith(seconds)).toBe(0);
    if (executor === 'docker') expect(await system.containers()).toEqual([]);
  }, 60_000);

  it('says of a step that takes too long how it was ended, and of a job too', async () => {
    const late = await push(`image: ${BUSYBOX_IMAGE}
steps: [{run: "trap '' TERM; while :; do sleep 1; done", timeout: 1s}, 'true']
`);
    const { jobs } = await system.finished(late, 30_000);
    expect(jobs[0]).toMatchObject({ status: 'failed', failure: { kind: 'timeout' } });
    expect(jobs[0]?.ending).toMatchObject([
      { phase: 'signalled', reason: 'step-timeout', step: 1, graceMs: 1000 },
      { phase: 'killed', reason: 'step-timeout', step: 1 },
    ]);
    const tooLong = await ended(await push(`image: ${BUSYBOX_IMAGE}\ntimeout: 2s\nsteps: [sleep 1000]\n`));
    expect(tooLong).toMatchObject({ status: 'failed', failure: { kind: 'timeout' } });
    expect(tooLong.ending).toMatchObject([
      { phase: 'signalled', reason: 'timeout', step: 1 },
      { phase: 'removed', reason: 'timeout' },
    ]);
  }, 60_000);

  it('breaks off the fetching of the source', async () => {
    const { state } = system.github;
    const id = await push(`image: ${BUSYBOX_IMAGE}\nsteps: ['true', {run: 'true', when: {status: cancelled}}]\n`);
    await system.finished(id); // the mirror is there
    state.holdsGit = true;
    const held = await push(`image: ${BUSYBOX_IMAGE}\nsteps: ['true', {run: 'true', when: {status: cancelled}}]\n`);
    await eventually(
      () => state.heldGit,
      (count) => count > 0,
    );
    await cancel(held);
    const job = await ended(held);
    expect(phases(job)).toEqual(['told', 'broken-off', 'removed']);
    expect(job.ending[1]?.detail).toBe('broke off the preparation: the job was cancelled');
    expect(job.steps.map(({ status }) => status)).toEqual(['cancelled', 'skipped', 'skipped']);
    await eventually(
      () => state.heldGit,
      (count) => count === 0,
    );
    state.holdsGit = false;
  }, 60_000);

  it('that comes twice, or with the natural end, ends a job once', async () => {
    const { events } = observe(system);
    const ids = [];
    for (let pause = 0; pause < 6; pause += 1)
      ids.push(await push(`image: ${BUSYBOX_IMAGE}\nsteps: [sleep 0.${pause}]\n`));
    await Promise.all(
      ids.map(async (id) => {
        await eventually(
          () => system.build(id),
          ({ jobs }) => jobs[0]?.startedAt != null,
          30_000,
        );
        await Promise.all([cancel(id), cancel(id)]);
        const { status } = await system.finished(id, 30_000);
        expect(['passed', 'cancelled']).toContain(status);
        expect(await events.ofType('JobFinished', id)).toHaveLength(1);
        expect(await events.ofType('BuildFinished', id)).toHaveLength(1);
        expect((await events.ofType('BuildCancelled', id)).length).toBeLessThanOrEqual(1);
      }),
    );
  }, 90_000);
});

/** One slot, and a lease that is over soon. */
describe('a cancellation', () => {
  let system: System;
  let repo: GitFixture;
  let registry: TestRegistry;
  let directory: string;
  const { push, cancel, ended, printed, phases, when } = hands(
    () => system,
    () => repo,
  );

  beforeAll(async () => {
    await ensureBusyboxImage();
    await makeTestImages(docker);
    directory = await mkdtemp(join(tmpdir(), 'cairn-cancel-'));
    registry = await TestRegistry.start(directory);
    const logins = join(directory, 'config.json');
    await writeFile(logins, JSON.stringify({ auths: { [registry.host]: { auth: btoa(REGISTRY_USER.join(':')) } } }));
    await chmod(logins, 0o600);
    system = await startSystem({
      executor: 'docker',
      slots: 1,
      environment: { CAIRN_CANCEL_GRACE: '1', CAIRN_LEASE: '5', CAIRN_REGISTRY_AUTH_FILE: logins },
    });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
  }, 90_000);
  afterAll(async () => {
    await system?.stop();
    await registry?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('breaks off an image pull', async () => {
    const image = await registry.publish(docker, BUSYBOX_IMAGE);
    registry.hold();
    const id = await push(`image: ${image}\nsteps: ['true']\n`);
    await eventually(
      () => registry.held,
      (count) => count > 0,
    );
    await cancel(id);
    expect(phases(await ended(id))).toEqual(['told', 'broken-off', 'removed']);
    await eventually(
      () => registry.held,
      (count) => count === 0,
    );
    registry.release();
    expect(await system.containers()).toEqual([]);
  }, 60_000);

  it('does not wait for services that start', async () => {
    const id = await push(`image: ${BUSYBOX_IMAGE}
services: {db: {image: '${CHECKED_IMAGE}', command: [sleep, '1000']}}
steps: ['true']
`);
    await eventually(
      () => system.raw(id, 'build', 'step=0'),
      (log) => log.includes('waiting for services'),
    );
    await cancel(id);
    expect(phases(await ended(id))).toEqual(['told', 'broken-off', 'removed']);
    expect(await system.containers()).toEqual([]);
  }, 60_000);

  it('of a job that is queued, or waits for approval, lets it never begin', async () => {
    const { events } = observe(system);
    const first = await push(`image: ${BUSYBOX_IMAGE}\nsteps: [echo up; sleep 1000]\n`);
    await printed(first, 'up');
    const queued = await push(`image: ${BUSYBOX_IMAGE}\nsteps: ['true']\n`);
    await when(queued, ({ status }) => status === 'waiting' || status === 'queued');
    const asked = await push(`image: ${BUSYBOX_IMAGE}\njobs: {build: {approval: true, steps: ['true']}}\n`);
    await when(asked, ({ status }) => status === 'awaiting_approval');
    for (const id of [queued, asked]) {
      expect(await cancel(id)).toMatchObject({ status: 'accepted' });
      const { status, reason, jobs } = await system.finished(id);
      expect({ status, reason }).toEqual({ status: 'cancelled', reason: 'cancelled by administrator' });
      expect(['cancelled', 'skipped']).toContain(jobs[0]?.status);
    }
    await cancel(first);
    await system.finished(first);
    const next = await push(`image: ${BUSYBOX_IMAGE}\nsteps: ['true']\n`);
    expect((await system.finished(next, 30_000)).status).toBe('passed');
    for (const id of [queued, asked]) expect(await events.ofType('JobStarted', id)).toEqual([]);
  }, 90_000);

  it('of a job whose runner is gone ends the build within a lease, and the runner removes the place when it comes back', async () => {
    const { events } = observe(system);
    const id = await push(`image: ${BUSYBOX_IMAGE}\nsteps: [echo up; sleep 1000]\n`);
    await printed(id, 'up');
    await system.services.runner.kill('SIGKILL');
    await cancel(id);
    const build = await system.finished(id, 40_000);
    expect(build).toMatchObject({ status: 'cancelled', jobs: [{ attempt: 1 }] });
    expect(await system.containers()).toHaveLength(1);
    await system.services.runner.start();
    const job = await ended(id);
    expect(job.ending).toMatchObject([{ phase: 'told' }, { phase: 'removed', reason: 'lost' }]);
    expect(await system.containers()).toEqual([]);
    expect(await events.ofType('JobStarted', id)).toHaveLength(1);
    const next = await push(`image: ${BUSYBOX_IMAGE}\nsteps: ['true']\n`);
    expect((await system.finished(next, 30_000)).status).toBe('passed');
  }, 120_000);
});
