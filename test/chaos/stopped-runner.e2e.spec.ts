import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { eventually } from '#testing';
import type { Ticket } from '#events';
import { pushPayload } from '../fakes/github/index.js';
import { ensureBusyboxImage } from '../harness/images.js';
import { containersOf } from '../harness/job-place.js';
import { observe, type Observer } from '../harness/observer.js';
import { startSystem, type System } from '../harness/system.js';
import { commitSlow, linesIn, slowOutput } from './slow-job.js';

const identity = { id: 4711, name: 'octo/app' };

describe('a runner that is halted past its lease and continued', () => {
  let system: System;
  let observer: Observer;

  beforeAll(async () => {
    await ensureBusyboxImage();
    system = await startSystem({
      executor: 'docker',
      slots: 1,
      environment: { CAIRN_LEASE: '5' },
      without: ['viewer'],
    });
    observer = observe(system);
  });
  afterAll(() => system?.stop());

  it('is fenced, and what it says late about its ticket harms nobody', async () => {
    const repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
    const sha = await commitSlow(repo, 'halted');
    const payload = pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha });
    const buildId = await observer.buildOf((await system.deliver('push', payload)).guid);
    await observer.logUntil(buildId, 'slow', 1, (text) => linesIn(text) > 3);
    const first = await observer.started(buildId, 'slow', 1);
    /** What is said about the first ticket from now on. */
    const words: string[] = [];
    system.nc.subscribe(`$JS.ACK.QUEUE.*.*.${first.ticket}.>`, {
      callback: (_, message) => void words.push(message.string()),
    });
    system.services.runner.signal('SIGSTOP');

    const directory = join(system.directory, 'second');
    await system.replica('runner', 'second-runner', { CAIRN_DATA_DIR: directory });
    const second = await observer.started(buildId, 'slow', 2);
    expect(second.runner).not.toBe(first.runner);
    await observer.logUntil(buildId, 'slow', 2, (text) => linesIn(text) > 3);

    system.services.runner.signal('SIGCONT');
    await eventually(
      () => containersOf(first.runner),
      (names) => names.length === 0,
    );
    expect(words).toEqual([]);
    expect(await containersOf(second.runner)).toHaveLength(1);
    // An acknowledgement of the first attempt, however late, is not one of the second's ticket.
    system.nc.publish(`$JS.ACK.QUEUE.runner-default.1.${first.ticket}.1.${Date.now()}000000.0`, '+ACK');
    await system.nc.flush();
    expect(await tickets()).toContainEqual({ buildId, jobId: 'slow', attempt: 2 });

    const place = await observer.place(buildId, 'slow', 2, directory);
    await place.write('go', '');
    expect(await observer.finished(buildId)).toBe('passed');
    const lost = await observer.events.ofType('JobLost', buildId);
    expect(lost.map(({ event }) => event.data.attempt)).toEqual([1]);
    await observer.logsComplete(buildId);
    const log = await observer.log(buildId, 'slow', 2, 1);
    expect(log).toBe(slowOutput(log));
    const fenced = await observer.log(buildId, 'slow', 1, 1);
    expect(fenced.split('\n').slice(0, 3)).toEqual(['line 1', 'line 2', 'line 3']);
    expect(slowOutput(fenced)).toBeUndefined();
    expect(await observer.statuses(sha, 'success')).toEqual(['pending', 'success']);
    for (const runner of [first.runner, second.runner])
      await eventually(
        () => containersOf(runner),
        (names) => names.length === 0,
      );
    expect(await observer.dead()).toBe(0);
  });

  const tickets = async (): Promise<Ticket[]> => {
    const manager = await jetstreamManager(system.nc);
    const { state } = await manager.streams.info('QUEUE');
    const found: Ticket[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
      const message = await manager.direct.getMessage('QUEUE', { seq });
      if (message) found.push(message.json<Ticket>());
    }
    return found;
  };
});
