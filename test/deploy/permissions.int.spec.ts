import { jetstream } from '@nats-io/jetstream';
import { createBlobStores } from '#blob-store';
import { loadConfig } from '#config';
import { BlobTooLarge } from '#errors';
import { BUCKETS, CONSUMERS, fact, sha256, subjects, ticketsOf, type ConsumerSpec } from '#events';
import {
  CLAIM_CHECK_BYTES,
  JetStreamEventStore,
  MessagePublisher,
  PayloadStore,
  Presence,
  follow,
  lastMessage,
} from '#jetstream';
import { OpenBuilds } from '#open-builds';
import { context, eventually } from '#testing';
import { setUp } from '../../apps/setup/src/set-up.js';
import { SetupConfig } from '../../apps/setup/src/setup.config.js';
import { SERVICES, connectAs, startNatsWithUsers, type NatsWithUsers } from './nats-users.js';

/** More than 512 KiB, so that the object store is written to and read from. */
const LARGE = 'x'.repeat(CLAIM_CHECK_BYTES + 1);

describe('the NATS users', () => {
  let server: NatsWithUsers;

  beforeAll(async () => {
    server = await startNatsWithUsers();
  });
  afterAll(() => server.nats.stop());

  it('setup makes everything, and makes it again', async () => {
    const config = loadConfig(SetupConfig, server.environment('setup'));
    const said: string[] = [];
    await setUp(config, (line) => said.push(line));
    await setUp(config, (line) => said.push(line));
    expect(said.filter((line) => line.includes('pools: default'))).toHaveLength(2);
  });

  it('let each service draw from its durables, and bury what it cannot read', async () => {
    const draw = async (spec: ConsumerSpec): Promise<void> => {
      const { nc, refused } = await connectAs(server, spec.service);
      const consumer = await jetstream(nc).consumers.get(spec.stream, spec.durable);
      expect((await consumer.info()).name).toBe(spec.durable);
      const message = await consumer.next({ expires: 1_000 });
      message?.working();
      message?.nak();
      await new MessagePublisher(nc).publish(subjects.dead(spec.service), '{}');
      expect(await refused()).toEqual([]);
      await nc.close();
    };
    await Promise.all([...Object.values(CONSUMERS), ticketsOf('default')].map(draw));
  });

  it('let the services that write large payloads do so, and all others read them', async () => {
    for (const writer of ['ingest', 'planner', 'runner'] as const) {
      const own = await connectAs(server, writer);
      const bytes = Buffer.from(`${writer} ${LARGE}`);
      const name = await new PayloadStore(own.nc).put(bytes);
      for (const reader of SERVICES) {
        const other = await connectAs(server, reader);
        expect(sha256(await new PayloadStore(other.nc).get(name))).toBe(name);
        expect(await other.refused()).toEqual([]);
        await other.nc.close();
      }
      expect(await own.refused()).toEqual([]);
      await own.nc.close();
    }
  });

  it('let the runner keep artifacts and caches, end caches alone, and the viewer read artifacts', async () => {
    const runner = await connectAs(server, 'runner');
    const viewer = await connectAs(server, 'viewer');
    const content = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from(LARGE);
    };
    const { artifacts, caches } = createBlobStores(runner.nc, undefined);
    await artifacts.put('a', content(), { maxBytes: 1e6 });
    await caches.put('c', content(), { maxBytes: 1e6, ifAbsent: true });
    for await (const { key } of caches.list('')) await caches.delete(key);
    expect(await caches.head('c')).toBeUndefined();
    expect(await runner.refused()).toEqual([]);
    const read = await createBlobStores(viewer.nc, undefined).artifacts.get('a');
    expect(read.size).toBe(LARGE.length);
    for await (const part of read.content) expect(part.toString()).toBe(LARGE.slice(0, part.length));
    const last = { from: LARGE.length - 1, to: LARGE.length - 1 };
    const { content: end } = await createBlobStores(viewer.nc, undefined).artifacts.get('a', last);
    for await (const part of end) expect(part.toString()).toBe(LARGE.slice(-1));
    expect(await viewer.refused()).toEqual([]);

    // Neither is in the way of the other: what cannot be cleared away at once goes with its age.
    await artifacts.put('a', content(), { maxBytes: 1e6 });
    await expect(artifacts.put('b', content(), { maxBytes: 1 })).rejects.toThrow(BlobTooLarge);
    expect(await artifacts.head('b')).toBeUndefined();
    await runner.nc.close();
    await viewer.nc.close();
  });

  it('let planner and viewer follow events from the first one on', async () => {
    const planner = await connectAs(server, 'planner');
    const publisher = new MessagePublisher(planner.nc);
    const store = new JetStreamEventStore(planner.nc, publisher);
    const subject = subjects.repo('gh-99');
    const event = fact('RepoEnabled', 1, context(subject), { note: LARGE });
    const revision = await store.append(subject, [event], 0);
    for (const user of ['planner', 'viewer'] as const) {
      const { nc, refused } = await connectAs(server, user);
      const signal = new AbortController();
      const options = { stream: 'EVENTS', from: 1, signal: signal.signal };
      for await (const { sequence } of follow(nc, new PayloadStore(nc), options)) if (sequence === revision) break;
      signal.abort();
      expect(await refused()).toEqual([]);
      await nc.close();
    }
    expect(await planner.refused()).toEqual([]);
    await planner.nc.close();
  });

  it('let planner and runner find out that a runner has gone', async () => {
    const runner = await connectAs(server, 'runner');
    const heartbeat = { runner: 'gone', epoch: '', at: '', pools: ['default'], capacity: 1, running: 0 };
    await Presence.beat(new MessagePublisher(runner.nc), heartbeat);
    for (const user of ['planner', 'runner'] as const) {
      const { nc, refused } = await connectAs(server, user);
      const presence = new Presence(nc, new PayloadStore(nc), 1_000);
      presence.start();
      await eventually(
        () => presence.isGone('gone'),
        (isGone) => isGone,
      );
      presence.stop();
      expect(await refused()).toEqual([]);
      await nc.close();
    }
    await runner.nc.close();
  });

  it('let the viewer see what the planner admits by', async () => {
    const planner = await connectAs(server, 'planner');
    const runner = await connectAs(server, 'runner');
    await new MessagePublisher(planner.nc).publish(`$KV.${BUCKETS.leases}.admission`, '{"planner":"p"}');
    const heartbeat = { runner: 'here', epoch: '', at: '', pools: ['default'], capacity: 1, running: 0 };
    await Presence.beat(new MessagePublisher(runner.nc), heartbeat);
    const { nc, refused } = await connectAs(server, 'viewer');
    const lease = await lastMessage(nc, `KV_${BUCKETS.leases}`, `$KV.${BUCKETS.leases}.admission`);
    expect(lease?.string()).toBe('{"planner":"p"}');
    const publisher = new MessagePublisher(nc);
    const builds = new OpenBuilds(nc, new JetStreamEventStore(nc, publisher), publisher);
    await builds.start();
    builds.stop();
    const presence = new Presence(nc, publisher.blobs, 15_000);
    presence.start();
    await eventually(
      () => presence.alive(),
      (alive) => alive.some(({ runner: name }) => name === 'here'),
    );
    presence.stop();
    expect(await refused()).toEqual([]);
    await Promise.all([nc, planner.nc, runner.nc].map((connection) => connection.close()));
  });
});
