import { setTimeout as pause } from 'node:timers/promises';
import type { CairnEvent } from '#events';
import { eventually } from '#testing';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { ensureBusyboxImage } from '../harness/images.js';
import { containersOf } from '../harness/job-place.js';
import { observe, type Observer } from '../harness/observer.js';
import { startSystem, type System } from '../harness/system.js';
import { numberedFiles, NumberedLines, PACES } from './numbered-lines.js';

const identity = { id: 4711, name: 'octo/app' };
const JOBS = ['fast', 'slow'] as const;
/** A crash, and an upgrade: the runner is told to stop, and leaves its jobs to the next process. */
const ENDS = { crash: 'SIGKILL', upgrade: 'SIGTERM' } as const;

describe.each(['docker', 'host'] as const)('a runner that goes while its jobs print, on %s', (executor) => {
  let system: System;
  let observer: Observer;
  let repo: GitFixture;

  beforeAll(async () => {
    await ensureBusyboxImage();
    // Longer than a runner is away.
    const environment = { CAIRN_LEASE: '40', CAIRN_ON_STOP: 'leave', CAIRN_STOP_GRACE: '0', CAIRN_CANCEL_GRACE: '0' };
    system = await startSystem({ executor, slots: JOBS.length, environment, without: ['viewer', 'notifier'] });
    observer = observe(system);
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
  });
  afterAll(() => system?.stop());

  /** A build whose two jobs are in the middle of a step. */
  const begin = async (salt: string): Promise<string> => {
    const sha = await repo.commit({ ...numberedFiles(executor === 'docker'), salt });
    const payload = pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha });
    const buildId = await observer.buildOf((await system.deliver('push', payload)).guid);
    for (const job of JOBS) await observer.logReaches(buildId, job, 1, 100_000);
    return buildId;
  };
  const letEnd = async (buildId: string, attempt: number): Promise<void> => {
    for (const job of JOBS) await (await observer.place(buildId, job, attempt)).write('go', '');
    expect(await observer.finished(buildId)).toBe('failed');
    await observer.logsComplete(buildId);
  };
  const typesOf = async (buildId: string, job: string): Promise<CairnEvent['type'][]> =>
    (await observer.events.ofBuild(buildId))
      .filter(({ subject }) => subject.endsWith(`.job.${job}`))
      .map(({ event }) => event.type);
  const exitCodes = async (buildId: string, attempt: number): Promise<Record<string, number | null>> => {
    const ended = await observer.events.ofType('StepFinished', buildId);
    const first = ended.filter(({ event: { data } }) => data.step === 1 && data.attempt === attempt);
    return Object.fromEntries(first.map(({ subject, event }) => [subject.split('.').at(-1), event.data.exitCode]));
  };
  const expectWholeLogs = async (buildId: string, attempt: number): Promise<void> => {
    for (const job of JOBS) {
      const lines = new NumberedLines(PACES[job].every);
      for await (const piece of observer.logPieces(buildId, job, attempt, 1)) lines.add(piece);
      expect(lines.end()).toBeGreaterThan(PACES[job].every);
    }
    expect(await exitCodes(buildId, attempt)).toEqual({ fast: 0, slow: 3 });
    expect(await observer.log(buildId, 'fast', attempt, 2)).toBe('and a second step\n');
  };
  const isCleared = async (): Promise<unknown> => {
    const runner = await observer.runnerId();
    return eventually(
      () => containersOf(runner),
      (names) => names.length === 0,
    );
  };

  if (executor === 'docker')
    it.each([
      ['crash', 1],
      ['crash', 5],
      ['crash', 20],
      ['upgrade', 1],
      ['upgrade', 5],
      ['upgrade', 20],
    ] as const)(
      '%s, and %i s away: one attempt, every byte once, the exit codes',
      async (end, awayS) => {
        const buildId = await begin(`${end} ${awayS}`);
        await system.services.runner.kill(ENDS[end]);
        await pause(awayS * 1000);
        await system.services.runner.start();
        await eventually(
          () => observer.events.ofType('JobAdopted', buildId),
          ({ length }) => length === JOBS.length,
        );
        await letEnd(buildId, 1);
        const before = ['JobStarted', 'StepStarted', 'StepFinished', 'StepStarted', 'JobAdopted', 'StepFinished'];
        expect(await typesOf(buildId, 'slow')).toEqual([...before, 'JobFinished']);
        expect(await typesOf(buildId, 'fast')).toEqual([...before, 'StepStarted', 'StepFinished', 'JobFinished']);
        await expectWholeLogs(buildId, 1);
        await isCleared();
      },
      120_000,
    );
  else
    it.each([
      ['crash', 'the runner was restarted, and the place in which the job ran is gone'],
      ['upgrade', 'the runner was told to stop, or was cut off for too long'],
    ] as const)(
      '%s: its processes cannot be taken over, so a second attempt is made, and says why',
      async (end, why) => {
        const buildId = await begin(end);
        const places = await Promise.all(JOBS.map((job) => observer.place(buildId, job)));
        await system.services.runner.kill(ENDS[end]);
        await system.services.runner.start();
        for (const job of JOBS) await observer.logReaches(buildId, job, 2, 100_000);
        await letEnd(buildId, 2);
        const lost = await observer.events.ofType('JobLost', buildId);
        expect(lost.map(({ event }) => event.data)).toEqual(JOBS.map(() => ({ attempt: 1, reason: why })));
        expect(await observer.events.ofType('JobAdopted', buildId)).toEqual([]);
        await expectWholeLogs(buildId, 2);
        expect(await Promise.all(places.map((place) => place.read('executions')))).toEqual([undefined, undefined]);
      },
      120_000,
    );
});
