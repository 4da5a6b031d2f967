import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { eventually } from '#testing';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../harness/images.js';
import { containersOf } from '../harness/job-place.js';
import { observe, type Observer } from '../harness/observer.js';
import { ADMIN_TOKEN, startSystem, type ServiceKey, type System } from '../harness/system.js';
import { commitSlow, linesIn, slowOutput } from './slow-job.js';

const identity = { id: 4711, name: 'octo/app' };
const SERVICES: readonly ServiceKey[] = ['planner', 'runner', 'log-shipper', 'notifier', 'viewer'];

describe('everything replayed from the start', () => {
  let system: System;
  let observer: Observer;
  let repo: GitFixture;
  let running: string;
  const builds: string[] = [];

  const push = async (sha: string, branch: string): Promise<string> => {
    const payload = pushPayload({ repo: identity, ref: `refs/heads/${branch}`, after: sha });
    const buildId = await observer.buildOf((await system.deliver('push', payload)).guid);
    builds.push(buildId);
    return buildId;
  };
  const commit = (step: string): Promise<string> =>
    repo.commit({ '.cairn.yml': `image: ${BUSYBOX_IMAGE}\nsteps: [${step}]\n` });

  /** One build of each end, a delivery that led to none, and one job that still runs. */
  beforeAll(async () => {
    await ensureBusyboxImage();
    system = await startSystem({ executor: 'docker', slots: 2, streams: { duplicateWindowMs: 100 } });
    observer = observe(system);
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
    const passed = await push(await commit('echo fine'), 'main');
    const failed = await push(await commit('exit 3'), 'main');
    const rejected = await push(await repo.commit({ '.cairn.yml': 'jobs: 7\n' }), 'main');
    await observer.finished(passed);
    expect(await observer.finished(failed)).toBe('failed');
    const superseded = await push(await commitSlow(repo, 'superseded'), 'feature');
    await observer.logUntil(superseded, 'slow', 1, (text) => linesIn(text) > 2);
    const cancelled = await push(await commitSlow(repo, 'cancelled'), 'feature');
    expect(await observer.finished(superseded)).toBe('cancelled');
    await observer.logUntil(cancelled, 'slow', 1, (text) => linesIn(text) > 2);
    await system.request(`/api/builds/${cancelled}/cancel`);
    expect(await observer.finished(cancelled)).toBe('cancelled');
    await system.request(`/api/builds/${passed}/rerun`);
    const [rerun] = await eventually(
      async () =>
        (await observer.events.ofType('BuildRequested')).filter(({ event }) => event.data.origin.kind === 'request'),
      ({ length }) => length === 1,
    );
    builds.push(rerun?.event.data.buildId ?? '');
    expect(await observer.finished(builds.at(-1) ?? '')).toBe('passed');
    await system.deliver('star', { action: 'created' });
    running = await push(await commitSlow(repo, 'running'), 'main');
    await observer.logUntil(running, 'slow', 1, (text) => linesIn(text) > 2);
    for (const build of builds) if (build !== rejected) await observer.logsComplete(build);
    await quiet();
  }, 120_000);
  afterAll(() => system?.stop());

  /** Until every consumer has taken all there is. */
  const quiet = async (): Promise<void> => {
    const manager = await jetstreamManager(system.nc);
    await eventually(
      async () => {
        const consumers = system.consumers.filter(({ stream }) => stream !== 'QUEUE' && stream !== 'LOGS');
        const infos = await Promise.all(
          consumers.map(({ stream, durable }) => manager.consumers.info(stream, durable)),
        );
        return infos
          .filter(({ num_pending, num_ack_pending }) => num_pending + num_ack_pending > 0)
          .map(({ name, num_pending, num_ack_pending }) => ({ name, num_pending, num_ack_pending }));
      },
      (busy) => busy.length === 0,
      60_000,
    );
  };
  const told = (): unknown => [...system.github.state.statuses].map(([sha, statuses]) => [sha, statuses.length]);
  const ticketsSent = async (): Promise<number> =>
    (await (await jetstreamManager(system.nc)).streams.info('QUEUE')).state.last_seq;

  it('changes nothing when every consumer begins again at the first message', async () => {
    const before = { told: told(), tickets: await ticketsSent(), events: (await observer.events.all()).length };
    await Promise.all(SERVICES.map((service) => system.services[service].kill()));
    const manager = await jetstreamManager(system.nc);
    for (const { stream, durable } of system.consumers) await manager.consumers.delete(stream, durable);
    await system.setUp();
    await Promise.all(SERVICES.map((service) => system.services[service].start()));
    await quiet();

    const added = (await observer.events.all()).slice(before.events);
    expect(added.map(({ subject, event }) => [subject, event.type])).toEqual([
      [`build.${running}.job.slow`, 'JobAdopted'],
    ]);
    expect(await ticketsSent()).toBe(before.tickets + 1); // that of the job which runs: it may have been lost
    expect(told()).toEqual(before.told);
    await (await observer.place(running, 'slow')).write('go', '');
    expect(await observer.finished(running)).toBe('passed');
    await observer.logsComplete(running);
    const log = await observer.log(running, 'slow', 1, 1);
    expect(log).toBe(slowOutput(log));
    expect(await observer.events.ofType('JobStarted', running)).toHaveLength(2);
    await eventually(
      async () => containersOf(await observer.runnerId()),
      (names) => names.length === 0,
    );
    expect(await observer.dead()).toBe(0);
  }, 120_000);

  it('gives the same answers byte for byte after all read models were deleted', async () => {
    await quiet();
    const last = (await observer.events.all()).at(-1)?.sequence ?? 0;
    const read = async (path: string): Promise<string> => {
      const response = await fetch(`${system.api}${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
      return `${response.status} ${await response.text()}`;
    };
    const caughtUp = (): Promise<unknown> =>
      eventually(
        async () => JSON.parse((await read('/healthz')).slice(4)) as { sequence?: number },
        ({ sequence }) => (sequence ?? 0) >= last,
      );
    const lists = ['/api/builds', '/api/builds?status=failed', '/api/deliveries', '/api/repos', '/api/queue'];
    const paths = [...lists, ...builds.map((build) => `/api/builds/${build}`)];
    await caughtUp();
    const before = await Promise.all(paths.map(read));
    for (const answer of before) expect(answer).toMatch(/^200 /);
    expect(before[0]?.match(/"number":/g)).toHaveLength(builds.length);

    await system.services.viewer.kill();
    await rm(join(system.environment.CAIRN_DATA_DIR, 'viewer'), { recursive: true });
    await system.services.viewer.start();
    await caughtUp();
    expect(await Promise.all(paths.map(read))).toEqual(before);
  });
});
