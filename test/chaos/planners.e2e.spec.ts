import { jetstreamManager } from '@nats-io/jetstream';
import { BUCKETS } from '#events';
import { pushPayload } from '../fakes/github/index.js';
import { eventually } from '#testing';
import { observe, type Observer } from '../harness/observer.js';
import { startSystem, type System } from '../harness/system.js';

const REPOS = ['one', 'two', 'three'].map((name, index) => ({ id: 5001 + index, name: `octo/${name}`, short: name }));
const PUSHES = 10;
const SPEC = 'jobs:\n  first:\n    steps: [echo first]\n  then:\n    needs: first\n    steps: [echo then]\n';

describe('three planners under thirty pushes, one of them killed', () => {
  let system: System;
  let observer: Observer;

  beforeAll(async () => {
    system = await startSystem({ executor: 'host', slots: 2, without: ['viewer', 'notifier'] });
    observer = observe(system);
  });
  afterAll(() => system?.stop());

  it('ends every build once, numbered without gaps, and no repository waits for another', async () => {
    const [doomed] = await Promise.all(['second', 'third'].map((name) => system.replica('planner', name, {})));
    const guids: string[] = [];
    const push = async (of: (typeof REPOS)[number], sha: string): Promise<void> => {
      const payload = pushPayload({ repo: of, ref: 'refs/heads/main', after: sha });
      const { guid, status } = await system.deliver('push', payload);
      expect(status).toBe(202);
      guids.push(guid);
    };
    const shas = new Map<string, string>();
    for (const of of REPOS) {
      const repo = await system.fixture(of.short);
      system.github.state.repos.set(of.name, { id: of.id, name: of.name, defaultBranch: 'main', dir: repo.gitDir });
      shas.set(of.name, await repo.commit({ '.cairn.yml': SPEC, name: of.name }));
    }
    // The first repository comes with all it has before the others come with anything.
    const [greedy, ...others] = REPOS;
    const of = (repo: (typeof REPOS)[number]) =>
      Array.from({ length: PUSHES }, () => push(repo, shas.get(repo.name) ?? ''));
    await Promise.all(of(greedy as (typeof REPOS)[number]));
    const rest = others.flatMap(of);
    await eventually(
      () => observer.events.ofType('JobsQueued'),
      ({ length }) => length > 0,
    );
    await doomed?.kill('SIGKILL');
    await Promise.all(rest);

    const finished = await eventually(
      () => observer.events.ofType('BuildFinished'),
      ({ length }) => length >= REPOS.length * PUSHES,
      120_000,
    );
    expect(finished.map(({ event }) => event.data.status)).toEqual(Array<string>(30).fill('passed'));
    expect(new Set(finished.map(({ subject }) => subject)).size).toBe(30);
    const requested = await observer.events.ofType('BuildRequested');
    expect(requested.map(({ event }) => event.data.origin.id).sort()).toEqual([...guids].sort());
    for (const repo of REPOS) {
      const own = requested.filter(({ event }) => event.data.repo === repo.name);
      const numbers = own.map(({ event }) => event.data.number).sort((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: PUSHES }, (_, index) => index + 1));
    }
    const started = await observer.events.ofType('JobStarted');
    expect(new Set(started.map(({ subject, event }) => `${subject} ${event.data.attempt}`)).size).toBe(60);
    expect(started).toHaveLength(60);

    // The others have a build through long before the first repository has worked off its own.
    const repoOf = new Map(requested.map(({ event }) => [event.data.buildId, event.data.repo]));
    const order = finished.map(({ subject }) => repoOf.get(subject.split('.')[1] ?? ''));
    for (const repo of others) expect(order.indexOf(repo.name)).toBeLessThan(order.lastIndexOf(greedy?.name));
    for (const { subject } of finished) await observer.logsComplete(subject.split('.')[1] ?? '');
    expect(await observer.dead()).toBe(0);
    expect(system.github.state.violations).toEqual([]);
  }, 180_000);

  it('admits jobs again after the lease of admission has expired unrenewed', async () => {
    const [repo] = REPOS;
    const admitted = async (): Promise<number> => (await observer.events.ofType('JobsQueued')).length;
    const before = await admitted();
    // What a nats-server leaves that was away for longer than the lease lasts.
    await (await jetstreamManager(system.nc)).streams.purge(`KV_${BUCKETS.leases}`);
    const fixture = await system.fixture('after');
    system.github.state.repos.set('octo/one', {
      ...{ id: repo?.id ?? 0, name: 'octo/one', defaultBranch: 'main', dir: fixture.gitDir },
    });
    const sha = await fixture.commit({ '.cairn.yml': SPEC, after: 'the lease' });
    // The planner that leads finds out when it renews.
    await eventually(lastLease, (lease) => lease > 0);
    const payload = pushPayload({ repo: repo as (typeof REPOS)[number], ref: 'refs/heads/main', after: sha });
    const buildId = await observer.buildOf((await system.deliver('push', payload)).guid);
    expect(await observer.finished(buildId)).toBe('passed');
    expect(await admitted()).toBeGreaterThan(before);
  });

  const lastLease = async (): Promise<number> =>
    (await (await jetstreamManager(system.nc)).streams.info(`KV_${BUCKETS.leases}`)).state.messages;
});
