import { eventually } from '#testing';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { ensureBusyboxImage } from '../harness/images.js';
import { containersOf, type JobPlace } from '../harness/job-place.js';
import { observe, type Observer } from '../harness/observer.js';
import { startSystem, type System } from '../harness/system.js';
import { commitSlow, linesIn, slowOutput } from './slow-job.js';

const identity = { id: 4711, name: 'octo/app' };
const VICTIMS = ['planner', 'runner', 'viewer', 'notifier', 'log-shipper', 'nats-server'] as const;
type Victim = (typeof VICTIMS)[number];

describe.each(['docker', 'host'] as const)('kill -9 in the middle of a build on the %s executor', (executor) => {
  let system: System;
  let observer: Observer;
  let repo: GitFixture;

  beforeAll(async () => {
    await ensureBusyboxImage();
    system = await startSystem({ executor });
    observer = observe(system);
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
  });
  afterAll(() => system?.stop());

  const kill = (victim: Victim): Promise<void> =>
    victim === 'nats-server' ? system.nats.kill() : system.services[victim].kill('SIGKILL');
  const restart = (victim: Victim): Promise<void> =>
    victim === 'nats-server' ? system.nats.restart() : system.services[victim].start();
  const countIn = async (place: JobPlace): Promise<number> => Number(await place.read('count'));

  /** A build whose slow job has printed some lines, which are in the log store. */
  const begin = async (salt: string) => {
    const sha = await commitSlow(repo, salt);
    const payload = pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha });
    const buildId = await observer.buildOf((await system.deliver('push', payload)).guid);
    await observer.logUntil(buildId, 'slow', 1, (text) => linesIn(text) > 3);
    await observer.statuses(sha, 'pending');
    return { sha, buildId };
  };

  const expectWellEnded = async (sha: string, buildId: string, attempts: readonly number[]): Promise<void> => {
    expect(await observer.finished(buildId)).toBe('passed');
    const started = await observer.events.ofType('JobStarted', buildId);
    expect(started.map(({ subject, event }) => [subject.split('.').at(-1), event.data.attempt])).toEqual([
      ...attempts.map((attempt) => ['slow', attempt]),
      ['after', 1],
    ]);
    await observer.logsComplete(buildId);
    const last = attempts.at(-1) ?? 0;
    const log = await observer.log(buildId, 'slow', last, 1);
    expect(log).toBe(slowOutput(log));
    expect(await observer.log(buildId, 'slow', last, 2)).toBe('and a second step\n');
    expect(await observer.log(buildId, 'after', 1, 1)).toBe('after them\n');
    expect(await observer.statuses(sha, 'success')).toEqual(['pending', 'success']);
    await eventually(
      async () => containersOf(await observer.runnerId()),
      (names) => names.length === 0,
    );
    expect(await observer.dead()).toBe(0);
    expect(system.github.state.violations).toEqual([]);
  };

  it.each(VICTIMS)('%s is away while a job prints: the build ends as it would have', async (victim) => {
    const { sha, buildId } = await begin(`${victim} away`);
    const place = await observer.place(buildId, 'slow');
    await kill(victim);
    const isOrphaned = victim === 'runner' && executor === 'host';
    if (!isOrphaned) {
      const before = await countIn(place);
      await eventually(
        () => countIn(place),
        (count) => count > before + 5,
      );
    }
    await restart(victim);
    const attempt = isOrphaned ? 2 : 1;
    const now = await observer.place(buildId, 'slow', attempt);
    const seen = await countIn(now);
    await observer.logUntil(buildId, 'slow', attempt, (text) => linesIn(text) > (seen || 0) + 3);
    await now.write('go', '');
    await expectWellEnded(sha, buildId, isOrphaned ? [1, 2] : [1]);
    const adoptions = await observer.events.ofType('JobAdopted', buildId);
    expect(adoptions).toHaveLength(victim === 'runner' && executor === 'docker' ? 1 : 0);
  });

  const mayEndAlone = executor === 'docker' ? VICTIMS : VICTIMS.filter((victim) => victim !== 'runner');
  it.each(mayEndAlone)('%s is away while a job ends: the build ends as it would have', async (victim) => {
    const { sha, buildId } = await begin(`${victim} misses the end`);
    const place = await observer.place(buildId, 'slow');
    await kill(victim);
    await place.write('go', '');
    await eventually(
      async () => (await place.read('done')) !== undefined || hasEnded(buildId),
      (isOver) => isOver,
    );
    await restart(victim);
    await expectWellEnded(sha, buildId, [1]);
  });

  const hasEnded = async (buildId: string): Promise<boolean> =>
    (await observer.events.ofType('JobFinished', buildId)).length > 0;
});
