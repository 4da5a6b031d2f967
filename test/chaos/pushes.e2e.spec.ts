import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { eventually } from '#testing';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { ensureBusyboxImage } from '../harness/images.js';
import { containersOf } from '../harness/job-place.js';
import { observe, type Observer } from '../harness/observer.js';
import { startSystem, type System } from '../harness/system.js';
import { commitSlow, linesIn } from './slow-job.js';

const identity = { id: 4711, name: 'octo/app' };
const WINDOW_MS = 200;

describe('deliveries that come twice, together, or in the wrong order', () => {
  let system: System;
  let observer: Observer;
  let repo: GitFixture;

  beforeAll(async () => {
    await ensureBusyboxImage();
    system = await startSystem({ executor: 'docker', streams: { duplicateWindowMs: WINDOW_MS }, without: ['viewer'] });
    observer = observe(system);
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
  });
  afterAll(() => system?.stop());

  const push = async (sha: string, branch: string, guid?: string): Promise<string> => {
    const payload = pushPayload({ repo: identity, ref: `refs/heads/${branch}`, after: sha });
    return (await system.deliver('push', payload, guid)).guid;
  };
  const quick = (salt: string): Promise<string> => repo.commit({ '.cairn.yml': spec, salt });
  const spec = 'image: cairn-test-busybox:local\nsteps: [echo quick]\n';
  const buildsOf = async (sha: string) =>
    (await observer.events.ofType('BuildRequested')).filter(({ event }) => event.data.trigger.sha === sha);
  /** Until the planner has taken every webhook. */
  const settled = async (): Promise<unknown> =>
    eventually(
      async () => (await jetstreamManager(system.nc)).consumers.info('WEBHOOKS', 'planner-webhooks'),
      ({ num_pending, num_ack_pending }) => num_pending === 0 && num_ack_pending === 0,
    );
  const webhooks = async (): Promise<number> =>
    (await (await jetstreamManager(system.nc)).streams.info('WEBHOOKS')).state.messages;

  it('builds once what is delivered twice, at once and after the duplicate window', async () => {
    const before = await webhooks();
    const guid = '6c1e3f00-7a3b-11ef-8d6e-1234567890ab';
    const sha = await quick('twice');
    await Promise.all([push(sha, 'main', guid), push(sha, 'main', guid), push(sha, 'main', guid)]);
    expect(await webhooks()).toBe(before + 1);
    const buildId = await observer.buildOf(guid);
    // JetStream has forgotten the id when it stores the delivery a second time.
    await eventually(
      async () => {
        await pause(WINDOW_MS);
        await push(sha, 'main', guid);
        return webhooks();
      },
      (count) => count > before + 1,
    );
    expect(await observer.finished(buildId)).toBe('passed');
    await settled();
    expect(await buildsOf(sha)).toHaveLength(1);
    expect(await observer.events.ofType('JobStarted', buildId)).toHaveLength(1);
    expect(await observer.statuses(sha, 'success')).toEqual(['pending', 'success']);
  });

  it('cancels what a newer push of a branch makes pointless', async () => {
    const old = await commitSlow(repo, 'old');
    const first = await observer.buildOf(await push(old, 'feature'));
    await observer.logUntil(first, 'slow', 1, (text) => linesIn(text) > 3);
    const sha = await quick('newer');
    const second = await observer.buildOf(await push(sha, 'feature'));
    expect(await observer.finished(first)).toBe('cancelled');
    expect(await observer.finished(second)).toBe('passed');
    const [cancelled] = await observer.events.ofType('BuildCancelled', first);
    expect(cancelled?.event.data).toEqual({ reason: 'superseded', by: second });
    expect(await observer.statuses(old, 'error')).toEqual(['pending', 'error']);
    expect(system.github.state.statuses.get(old)?.at(-1)?.description).toBe('cancelled: superseded by a newer push');
    expect(await observer.statuses(sha, 'success')).toEqual(['pending', 'success']);
    await eventually(
      async () => containersOf(await observer.runnerId()),
      (names) => names.length === 0,
    );
    await observer.logsComplete(first);
  });

  it('builds every push of the default branch', async () => {
    const old = await commitSlow(repo, 'old on main');
    const first = await observer.buildOf(await push(old, 'main'));
    await observer.logUntil(first, 'slow', 1, (text) => linesIn(text) > 3);
    const sha = await quick('newer on main');
    const second = await observer.buildOf(await push(sha, 'main'));
    expect(await observer.finished(second)).toBe('passed');
    await (await observer.place(first, 'slow')).write('go', '');
    expect(await observer.finished(first)).toBe('passed');
    expect(await observer.statuses(old, 'success')).toEqual(['pending', 'success']);
  });

  it('lets the newer of two pushes win that are handled in reverse order', async () => {
    const [old, sha] = [await quick('first pushed'), await quick('then pushed')];
    const release = system.github.hold(new RegExp(`GET .*${old}`));
    const guid = await push(old, 'reversed');
    await eventually(
      () => system.github.state.requests.some(({ url }) => url.includes(old)),
      (isAsked) => isAsked,
    );
    const newer = await observer.buildOf(await push(sha, 'reversed'));
    release();
    const older = await observer.buildOf(guid);
    expect(await observer.finished(newer)).toBe('passed');
    expect(await observer.finished(older)).toBe('cancelled');
    const [cancelled] = await observer.events.ofType('BuildCancelled', older);
    expect(cancelled?.event.data).toEqual({ reason: 'superseded', by: newer });
    expect(await observer.events.ofType('JobsQueued', older)).toEqual([]);
    await observer.statuses(old, 'error');
    expect(await observer.statuses(sha, 'success')).toEqual(['pending', 'success']);
    expect(await observer.dead()).toBe(0);
    expect(system.github.state.violations).toEqual([]);
  });
});
