import { Controller } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { AppendConflict, UndecodableEvent } from '#errors';
import { buildId, fact, subjects, type ConsumerSpec, type DomainEvent } from '#events';
import { context, eventually, startNats, type TestNats } from '#testing';
import {
  Consume,
  DEFAULT_STREAM_SETTINGS,
  JetStreamEventStore,
  MessagePublisher,
  connectToNats,
  follow,
  setUpJetStream,
  startConsumers,
  streamConfigs,
  widened,
  type Delivery,
} from './index.js';
import { jetstreamManager } from '@nats-io/jetstream';
import { Link } from './link.js';

const SPEC: ConsumerSpec = {
  service: 'planner',
  durable: 'test-repo',
  stream: 'EVENTS',
  subject: 'repo.*',
  ackWaitMs: 5_000,
  concurrency: 8,
};

/** A fact that fits its type, with whatever a test adds. */
const event = (subject: string, cause: string, more: object = {}): DomainEvent =>
  fact('GroupWaiting', 1, context(subject, cause), { holder: 'test', ...more });

describe('JetStream', () => {
  let nats: TestNats;
  let nc: NatsConnection;
  let publisher: MessagePublisher;
  let store: JetStreamEventStore;

  beforeAll(async () => {
    nats = await startNats();
    nc = await connectToNats({ url: nats.url, name: 'test' });
    publisher = new MessagePublisher(nc);
    store = new JetStreamEventStore(nc, publisher);
    await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, [SPEC]);
  });
  afterAll(async () => {
    await nc.close();
    await nats.stop();
  });

  describe('set-up', () => {
    it('changes nothing when repeated', async () => {
      await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, [SPEC]);
      const jsm = await jetstreamManager(nc);
      expect((await jsm.streams.info('EVENTS')).config.deny_delete).toBe(true);
    });

    it('never narrows what exists', async () => {
      const jsm = await jetstreamManager(nc);
      const { config } = await jsm.streams.info('LOGS');
      const wanted = streamConfigs(DEFAULT_STREAM_SETTINGS).find(({ name }) => name === 'LOGS') ?? {};
      expect(widened(config, { ...wanted, max_bytes: 1_000, max_age: 1e9, subjects: ['other.>'] })).toMatchObject({
        max_bytes: config.max_bytes,
        max_age: config.max_age,
        subjects: ['logs.>', 'other.>'],
      });
      expect(widened(config, wanted)).toBeUndefined();
      expect(widened(config, { ...wanted, max_bytes: -1 })?.max_bytes).toBe(-1);
    });
  });

  describe('link', () => {
    it('begins in one go what was asked in one turn: the client sends at the end of the first microtask', async () => {
      const link = Link.of(nc);
      const begun: string[] = [];
      const ask = (name: string): Promise<void> =>
        link.ask(async () => {
          queueMicrotask(() => begun.push('sent'));
          begun.push(name);
          await Promise.resolve();
        });
      const first = ask('a');
      await Promise.resolve();
      await Promise.all([first, ask('b'), ask('c')]);
      expect(begun).toEqual(['a', 'b', 'c', 'sent', 'sent', 'sent']);
    });
  });

  describe('event store', () => {
    it('loads what was appended, in order, from the revision that is asked for', async () => {
      const subject = subjects.repo('gh-1');
      const first = await store.append(subject, [event(subject, 'a'), event(subject, 'b')], 0);
      const second = await store.append(subject, [event(subject, 'c')], first);
      expect((await store.load(subject)).events.map(({ cause }) => cause)).toEqual(['a', 'b', 'c']);
      expect(await store.load(subject, first)).toMatchObject({ events: [{ cause: 'c' }], revision: second });
      expect(await store.loadLast(subject)).toMatchObject({ events: [{ cause: 'c' }], revision: second });
      expect(await store.load(subjects.repo('gh-404'))).toEqual({ events: [], revision: 0 });
    });

    it('lets one of two writers at a revision win', async () => {
      const subject = subjects.repo('gh-2');
      const writes = ['a', 'b', 'c'].map((cause) => store.append(subject, [event(subject, cause)], 0));
      const results = await Promise.allSettled(writes);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(AppendConflict);
    });

    it('takes the same event twice for one, and refuses another with its id', async () => {
      const subject = subjects.repo('gh-3');
      const revision = await store.append(subject, [event(subject, 'a')], 0);
      expect(await store.append(subject, [event(subject, 'a')], 0)).toBe(revision);
      await expect(store.append(subject, [event(subject, 'a', { other: 1 })], revision)).rejects.toThrow(
        AppendConflict,
      );
      expect((await store.load(subject)).events).toHaveLength(1);
    });

    it('carries an event of 2 MiB through the object store', async () => {
      const subject = subjects.repo('gh-4');
      const big = event(subject, 'big', { text: 'x'.repeat(2 * 1024 * 1024) });
      await store.append(subject, [big], 0);
      expect((await store.load(subject)).events).toEqual([big]);
    });

    it('starts a build at the sequence that its id begins with', async () => {
      const id = buildId(await store.lastSequence(), 'x');
      const subject = subjects.plan(id);
      await store.append(subject, [fact('BuildCancelled', 1, context(subject), { reason: 'user' })], 0);
      expect((await store.load(subject)).events).toHaveLength(1);
    });

    it('names what cannot be read', async () => {
      const subject = subjects.repo('gh-5');
      await publisher.publish(subject, 'not an event');
      await expect(store.load(subject)).rejects.toThrow(UndecodableEvent);
    });
  });

  describe('consumers', () => {
    const seen: string[] = [];
    let failures = 0;

    @Controller()
    class Handler {
      @Consume(SPEC)
      handle({ message }: Delivery<DomainEvent>): Promise<void> {
        if (message.cause.startsWith('fail-once') && failures++ === 0) return Promise.reject(new Error('once'));
        if (message.cause.startsWith('poison'))
          return Promise.reject(new UndecodableEvent('s', 1, 'what it refers to is not there'));
        seen.push(message.cause);
        return Promise.resolve();
      }
    }

    it('delivers again after an error, moves what cannot be read to DEAD, and goes on', async () => {
      const service = await startConsumers({
        name: 'planner',
        nats: { url: nats.url, name: 'planner' },
        logLevels: [],
        controllers: [Handler],
      });
      const subject = subjects.repo('gh-6');
      const causes = ['x', 'fail-once', 'poison', 'y'];
      await store.append(
        subject,
        causes.map((cause) => event(subject, cause)),
        0,
      );
      await eventually(
        () => seen.filter((cause) => ['x', 'fail-once', 'y'].includes(cause)).length,
        (count) => count === 3,
      );
      const jsm = await jetstreamManager(nc);
      const dead = await eventually(
        async () => (await jsm.streams.info('DEAD')).state.messages,
        (count) => count === 2, // the poison, and the message of an earlier test that is no event
      );
      expect(dead).toBe(2);
      await eventually(
        async () => (await jsm.consumers.info('EVENTS', SPEC.durable)).num_ack_pending,
        (pending) => pending === 0,
      );
      await service.stop();
    });
  });

  it('stops following at any moment, also while the consumer is being made', async () => {
    for (let turn = 0; turn < 40; turn += 1) {
      const stop = new AbortController();
      const from = (await store.lastSequence()) + 1;
      const reading = follow(nc, publisher.blobs, { stream: 'EVENTS', from, signal: stop.signal }).next();
      const started = performance.now();
      while (performance.now() - started < turn / 10) await new Promise((resolve) => setImmediate(resolve));
      stop.abort();
      expect((await reading).done).toBe(true);
    }
  });

  it('follows a stream over the death of the server, each message once', async () => {
    const subject = subjects.repo('gh-7');
    const signal = new AbortController();
    const seen: number[] = [];
    const from = (await store.lastSequence()) + 1;
    const reading = (async () => {
      for await (const { sequence } of follow(nc, publisher.blobs, { stream: 'EVENTS', from, signal: signal.signal }))
        seen.push(sequence);
    })();
    let revision = 0;
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 20; n += 1)
        revision = await store.append(subject, [event(subject, `${round}.${n}`)], revision);
      await eventually(
        () => seen.at(-1),
        (last) => last === revision,
      );
      await nats.kill();
      await nats.restart();
      await eventually(
        () => store.lastSequence(),
        (last) => last === revision,
      );
    }
    signal.abort();
    await reading;
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => revision - 59 + index));
  });
});
