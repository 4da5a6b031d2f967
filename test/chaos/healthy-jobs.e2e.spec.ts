import { jetstreamManager } from '@nats-io/jetstream';
import { BEATS_PER_LEASE, BUCKETS } from '#events';
import { eventually } from '#testing';
import { pushPayload } from '../fakes/github/index.js';
import { ensureBusyboxImage } from '../harness/images.js';
import { containersOf } from '../harness/job-place.js';
import { observe, type Observer } from '../harness/observer.js';
import { startSystem, type System } from '../harness/system.js';
import { commitSlow, linesIn, slowOutput } from './slow-job.js';

const identity = { id: 4711, name: 'octo/app' };
const JOBS = ['one', 'two', 'three', 'four', 'five'];
const KILLS = 20;

describe('nats-server killed twenty times under five healthy jobs', () => {
  let system: System;
  let observer: Observer;

  beforeAll(async () => {
    await ensureBusyboxImage();
    // Short, so that whoever is deaf after a reconnection gives the runner up within the test.
    const environment = { CAIRN_LEASE: '5' };
    system = await startSystem({ executor: 'docker', slots: JOBS.length, environment, without: ['viewer'] });
    observer = observe(system);
  });
  afterAll(() => system?.stop());

  it('executes none of them twice, and loses no line', async () => {
    const repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
    const sha = await commitSlow(repo, 'five', JOBS);
    const payload = pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha });
    const buildId = await observer.buildOf((await system.deliver('push', payload)).guid);
    const places = await Promise.all(JOBS.map((job) => observer.place(buildId, job)));
    const counts = () => Promise.all(places.map(async (place) => Number((await place.read('count')) ?? 0)));

    for (let round = 1; round <= KILLS; round += 1) {
      const before = await counts();
      await system.nats.kill();
      await system.nats.restart();
      // Also kills that come before all have found their way back.
      if (round % 4 === 0)
        for (const job of JOBS) {
          const lines = linesIn(await observer.log(buildId, job, 1, 1));
          await observer.logUntil(buildId, job, 1, (text) => linesIn(text) > lines);
        }
      else await eventually(counts, (now) => now.every((count, index) => count > (before[index] ?? 0)));
    }
    const beats = await heartbeats();
    await eventually(heartbeats, (now) => now > beats + 2 * BEATS_PER_LEASE);
    await Promise.all(places.map((place) => place.write('go', '')));

    expect(await observer.finished(buildId)).toBe('passed');
    const started = await observer.events.ofType('JobStarted', buildId);
    const jobs = started.map(({ subject, event }) => `${subject.split('.').at(-1) ?? ''} ${event.data.attempt}`);
    expect(jobs.sort()).toEqual([...JOBS, 'after'].map((job) => `${job} 1`).sort());
    expect(await observer.events.ofType('JobLost', buildId)).toEqual([]);
    await observer.logsComplete(buildId);
    for (const job of JOBS) {
      const log = await observer.log(buildId, job, 1, 1);
      expect(log).toBe(slowOutput(log));
    }
    expect(await observer.statuses(sha, 'success')).toEqual(['pending', 'success']);
    await eventually(
      async () => containersOf(await observer.runnerId()),
      (names) => names.length === 0,
    );
    expect(await observer.dead()).toBe(0);
  }, 180_000);

  const heartbeats = async (): Promise<number> =>
    (await (await jetstreamManager(system.nc)).streams.info(`KV_${BUCKETS.runners}`)).state.last_seq;
});
