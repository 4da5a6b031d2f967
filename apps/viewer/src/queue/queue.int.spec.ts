import type { QueueView, RunnerView } from '#domain';
import { BUCKETS, type Heartbeat } from '#events';
import { MessagePublisher, Presence } from '#jetstream';
import { eventually } from '#testing';
import { Harness } from '../../testing/test-harness.js';

type Page<T> = Readonly<{ items: readonly T[]; next: string | null }>;

describe('the queue', () => {
  let harness: Harness;
  let publisher: MessagePublisher;

  beforeAll(async () => {
    harness = await Harness.start();
    publisher = new MessagePublisher(harness.nc);
    await harness.ready();
  });
  afterAll(() => harness.stop());
  // builds of these tests are registered nowhere: the queue knows those that begin after it
  beforeAll(() => until(() => true));

  const beat = (change: Partial<Heartbeat> = {}): Promise<void> =>
    Presence.beat(publisher, {
      ...{ runner: 'r1', epoch: 'e', at: '2026-01-01T00:00:00.000Z', pools: ['default'], capacity: 1, running: 0 },
      ...change,
    });
  const lead = (lease: object): Promise<unknown> =>
    publisher.publish(`$KV.${BUCKETS.leases}.admission`, JSON.stringify({ planner: 'p', ...lease }));
  const get = async (query = ''): Promise<Page<QueueView>> =>
    (await harness.get<Page<QueueView>>(`/api/queue${query}`)).body;
  const until = (fits: (items: readonly QueueView[]) => boolean): Promise<readonly QueueView[]> =>
    eventually(
      async () => (await get()).items,
      (items) => items !== undefined && fits(items),
    );

  it('tells of each job that waits its place and the reason, as runners and planners come', async () => {
    const first = await harness.world.build();
    const second = await harness.world.build();
    await harness.world.queue(first);
    const alone = await until((items) => items.length === 2);
    expect(alone).toMatchObject([
      { buildId: first, jobId: 'test', repo: 'ann/app', number: 7, title: 'test', pool: 'default', position: 1 },
      { buildId: second, position: 2 },
    ]);
    expect(alone.map(({ reason }) => reason)).toEqual(['no-runner', 'no-runner']);
    await beat();
    expect((await until(([one]) => one?.reason === 'turn'))[1]).toMatchObject({ reason: 'no-planner' });
    await lead({});
    await until(([, two]) => two?.reason === 'slots');
    await lead({ repoJobs: 1 });
    const [, limited] = await until(([, two]) => two?.reason === 'repository');
    expect(limited?.detail).toBe('its repository has as many jobs at work as it may have: 1 at once');
    await harness.world.start(first);
    const [left] = await until((items) => items.length === 1);
    expect(left).toMatchObject({ buildId: second, position: 1, reason: 'repository' });
    await harness.world.finish(first);
    await until(([one]) => one?.reason === 'turn');
  });

  it('comes page by page', async () => {
    for (let n = 0; n < 3; n += 1) await harness.world.build();
    const all = await until((items) => items.length === 4);
    const one = await get('?limit=3');
    const two = await get(`?limit=3&cursor=${one.next}`);
    expect([...one.items, ...two.items]).toEqual(all);
    expect(two.next).toBeNull();
    expect((await harness.get('/api/queue?cursor=x')).status).toBe(400);
  });

  it('shows the runners that live, and what keeps them from taking jobs', async () => {
    await beat({ runner: 'r0', pools: ['default', 'gpu'], capacity: 0, trouble: 'disk', note: 'too full' });
    const { items } = await eventually(
      async () => (await harness.get<Page<RunnerView>>('/api/runners')).body,
      (page) => page.items.length === 2,
    );
    expect(items[0]).toEqual({
      ...{ id: 'r0', pools: ['default', 'gpu'], slots: 0, running: 0, trouble: 'disk', note: 'too full' },
      at: '2026-01-01T00:00:00.000Z',
    });
    expect(items[1]).toMatchObject({ id: 'r1', trouble: null, note: null });
  });
});
