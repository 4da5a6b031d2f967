import { randomUUID } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { fact, sha256, subjects, SYSTEM, type RepoSnapshot } from '#events';
import { MessagePublisher } from '#jetstream';
import { eventually } from '#testing';
import { Harness } from '../testing/test-harness.js';
import { SHA } from '../testing/test-world.js';

describe('viewer', () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.start();
  });
  afterEach(() => harness.closeClients());
  afterAll(() => harness.stop());

  describe('lists', () => {
    it('shows a build from its request to its end', async () => {
      const id = await harness.world.build();
      await harness.world.queue(id);
      await harness.world.start(id);
      await harness.world.startStep(id, 0);
      await harness.world.endStep(id, 0);
      await harness.world.finish(id);
      const { body } = await eventually(
        () => harness.get(`/api/builds/${id}`),
        (answer) => answer.body['status'] === 'passed',
      );
      expect(body).toMatchObject({ id, number: 7, repo: 'ann/app', sha: SHA, branch: 'main', cancelReason: null });
      expect(body['jobs']).toMatchObject([
        {
          ...{ id: 'test', status: 'passed', attempt: 1, runner: 'r1' },
          steps: [
            { index: 0, name: 'Prepare', status: 'passed', lines: 0 },
            { index: 1, name: 'Install', status: 'skipped' },
            { index: 2, name: 'Unit tests', status: 'skipped' },
          ],
        },
      ]);
      expect((await harness.get('/api/builds/00000000a0123456789ab')).status).toBe(404);
      expect((await harness.get('/api/builds/../../etc')).status).toBe(404);
    });

    it('pages newest first, and stays put when builds are added', async () => {
      const of = { repo: 'ann/paged', repoId: 'gh-2' };
      const ids: string[] = [];
      for (let at = 0; at < 5; at += 1) ids.unshift(await harness.world.build(of));
      type Page = { items: { id: string }[]; next: string | null };
      const page = (cursor = ''): Promise<{ body: Page; status: number }> =>
        harness.get<Page>(`/api/builds?repo=ann/paged&limit=2&cursor=${cursor}`);
      await eventually(
        () => harness.get<Page>('/api/builds?repo=gh-2'),
        ({ body }) => body.items.length === 5,
      );
      const first = (await page()).body;
      await harness.upTo(
        await harness.world.plan(await harness.world.build(of), 'BuildCancelled', { reason: 'user', by: 'ann' }),
      );
      const second = (await page(first.next ?? '')).body;
      const third = (await page(second.next ?? '')).body;
      expect([...first.items, ...second.items, ...third.items].map((item) => item.id)).toEqual(ids);
      expect(third.next).toBeNull();
      expect((await page('nonsense')).status).toBe(400);
      expect((await harness.get('/api/builds?status=happy')).status).toBe(400);
      expect((await harness.get('/api/builds?limit=1000000')).status).toBe(400);
      expect((await harness.get<Page>('/api/builds?branch=constructor')).body.items).toEqual([]);
    });

    it('shows deliveries, repositories and requests', async () => {
      const guid = randomUUID();
      const repo: RepoSnapshot = {
        ...{ repoId: 'gh-3', repo: 'Ann/Three', enabled: true, defaultBranch: 'main', counter: 4, open: [], seen: [] },
      };
      await harness.world.say(subjects.repo('gh-3'), 'RepoEnabled', { repo });
      await harness.world.say(subjects.delivery(guid), 'DeliveryIgnored', {
        ...{ event: 'star', sequence: 1, reason: 'event-not-handled', detail: 'stars are not built' },
      });
      await harness.world.say(subjects.request(guid), 'RequestRefused', {
        kind: 'cancel',
        detail: 'the build is over',
      });
      await harness.upTo(await harness.world.queue(await harness.world.build()));
      expect((await harness.get('/api/repos/ann%2Fthree')).body).toMatchObject({
        id: 'gh-3',
        name: 'Ann/Three',
        builds: 4,
      });
      expect((await harness.get('/api/repos')).body).toMatchObject({ items: [{ id: 'gh-3' }], next: null });
      const detail = 'stars are not built';
      expect((await harness.get('/api/deliveries')).body).toMatchObject({
        items: [{ id: guid, outcome: 'ignored', detail }],
      });
      expect((await harness.get(`/api/requests/${guid}`)).body).toMatchObject({
        status: 'refused',
        detail: 'the build is over',
      });
      expect((await harness.get(`/api/requests/${randomUUID()}`)).body).toMatchObject({ status: 'pending' });
    });
  });

  describe('events', () => {
    it('tells each change once and goes on after an id', async () => {
      const client = harness.listen('/api/events');
      await eventually(
        () => client.seen,
        async () => {
          await harness.world.notice(await harness.world.build());
          return client.has('build');
        },
      );
      const id = await harness.world.build();
      const last = await harness.world.queue(id);
      await eventually(
        () => client.seen,
        () => client.seen.some((one) => one.id === String(last)),
      );
      const of = client.seen.filter(({ data }) => data['id'] === id);
      expect(of.at(-1)).toMatchObject({
        event: 'build',
        data: { number: 7, repo: 'ann/app', status: 'planned', seq: last },
      });
      expect(new Set(client.seen.map((one) => one.id)).size).toBe(client.seen.length);
      const [first] = of;
      const again = harness.listen('/api/events', { 'last-event-id': first?.id ?? '' });
      await eventually(
        () => again.seen,
        (seen) => expect(seen).toEqual(client.seen.slice(client.seen.indexOf(first!) + 1)),
      );
      for (const unknown of ['999999999', 'x', '-1']) {
        const lost = harness.listen('/api/events', { 'last-event-id': unknown });
        await eventually(
          () => lost.seen,
          (seen) => seen[0]?.event === 'reset',
        );
      }
    });
  });

  describe('read model', () => {
    const paths = async (): Promise<string[]> => {
      const { items } = (await harness.get<{ items: { id: string }[] }>('/api/builds?limit=200')).body;
      const lists = ['/api/builds?limit=200', '/api/deliveries', '/api/repos', '/api/repos/gh-3'];
      return [...lists, ...items.map(({ id }) => `/api/builds/${id}`)];
    };
    const answers = async (all: readonly string[]): Promise<string> =>
      sha256((await Promise.all(all.map(async (path) => (await harness.get(path)).text))).join('\n'));

    it('is made again from the events, byte for byte', async () => {
      const all = await paths();
      const before = await answers(all);
      expect(all.length).toBeGreaterThan(5);
      await harness.viewer.stop();
      harness.viewer = await harness.start();
      await eventually(
        () => harness.get('/healthz'),
        ({ status }) => status === 200,
      );
      expect(await answers(all)).toBe(before);
      await harness.viewer.stop();
      await rm(join(harness.directory, 'viewer'), { recursive: true });
      harness.viewer = await harness.start();
      await eventually(
        () => harness.get('/healthz'),
        ({ status }) => status === 200,
      );
      expect(await answers(all)).toBe(before);
    });

    it('is made again when its file is damaged, and when the stream is another', async () => {
      const all = await paths();
      const before = await answers(all);
      await harness.viewer.stop();
      const folder = join(harness.directory, 'viewer');
      for (const name of await readdir(folder)) {
        if (name.endsWith('.db')) await writeFile(join(folder, name), 'this is no database'.repeat(1_000));
        else await rm(join(folder, name));
      }
      harness.viewer = await harness.start();
      await harness.ready();
      expect(await answers(all)).toBe(before);
      await harness.viewer.stop();
      const jsm = await jetstreamManager(harness.nc);
      const { config } = await jsm.streams.info('EVENTS');
      await jsm.streams.delete('EVENTS');
      await jsm.streams.add(config);
      harness.viewer = await harness.start();
      await harness.ready();
      expect((await harness.get('/api/builds')).body).toEqual({ items: [], next: null });
      harness.world.forget();
      const id = await harness.world.build();
      await eventually(
        () => harness.get(`/api/builds/${id}`),
        ({ status }) => status === 200,
      );
    });

    it('has one writer: a second viewer on the same data says so', async () => {
      const second = await harness.start();
      try {
        await harness.world.build();
        const both = async () => [await harness.get('/healthz'), await harness.get('/healthz', {}, second)];
        const seen = await eventually(both, (health) => health.filter(({ status }) => status === 503).length === 1);
        const details = seen.map(({ body }) => String(body['detail']));
        expect(details.join()).toMatch(/written by another viewer; give each its own CAIRN_DATA_DIR/);
      } finally {
        await second.stop();
      }
      await harness.viewer.stop();
      harness.viewer = await harness.start();
      await harness.ready();
    });

    it('halts at an event that it cannot read, says so, and keeps answering', async () => {
      const all = await paths();
      const before = await answers(all);
      const publisher = new MessagePublisher(harness.nc);
      await publisher.publish('build.00000000a0123456789ab.plan', '{"type":"BuildTeleported"}');
      await harness.world.build();
      const { body } = await eventually(
        () => harness.get('/healthz'),
        ({ status }) => status === 503,
      );
      expect(body['detail']).toMatch(/halted: message \d+ on build\.00000000a0123456789ab\.plan cannot be read/);
      expect(await answers(all)).toBe(before);
    });

    it('halts at an event whose data is not what its type says', async () => {
      await harness.viewer.stop();
      const jsm = await jetstreamManager(harness.nc);
      const { config } = await jsm.streams.info('EVENTS');
      await jsm.streams.delete('EVENTS');
      await jsm.streams.add(config);
      const subject = 'repo.gh-3';
      const context = { subject, at: '2026-01-01T00:00:00.000Z', cause: 'test', actor: SYSTEM };
      await new MessagePublisher(harness.nc).publish(subject, JSON.stringify(fact('RepoEnabled', 1, context, {})));
      harness.viewer = await harness.start();
      const { body } = await eventually(
        () => harness.get('/healthz'),
        ({ body }) => /halted/.test(String(body['detail'])),
      );
      expect(body['detail']).toMatch(/data\.repo of RepoEnabled is missing or not an object/);
    });
  });
});
