import { DeliverPolicy, jetstream } from '@nats-io/jetstream';
import { SYSTEM, buildId, decodeEvent, fact, subjects } from '#events';
import {
  DEFAULT_STREAM_SETTINGS,
  JetStreamEventStore,
  MessagePublisher,
  connectToNats,
  follow,
  setUpJetStream,
} from '#jetstream';
import { startNats } from '../../dist/libs/testing/src/index.js';
import { now, report } from './measure.mjs';

const APPENDS = 5_000;
const AGGREGATES = 500;

const eventOf = (subject, n) =>
  fact(
    'StepStarted',
    1,
    { subject, at: new Date().toISOString(), cause: `bench ${n}`, actor: SYSTEM },
    { attempt: 1, step: n, name: 'x'.repeat(200) },
  );

const perSecond = async (count, work) => {
  const start = now();
  await work();
  return (count * 1000) / (now() - start);
};

export const benchEvents = async () => {
  const nats = await startNats();
  const nc = await connectToNats({ url: nats.url, name: 'bench' });
  try {
    await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, []);
    const publisher = new MessagePublisher(nc);
    const store = new JetStreamEventStore(nc, publisher);
    const js = jetstream(nc);
    const ids = Array.from({ length: AGGREGATES }, (_, n) => buildId(0, `bench ${n}`));

    const raw = await perSecond(APPENDS, async () => {
      const subject = subjects.job(ids[0], 'raw');
      for (let n = 0; n < APPENDS; n += 1) await js.publish(subject, JSON.stringify(eventOf(subject, n)));
    });
    const one = await perSecond(APPENDS, async () => {
      const subject = subjects.job(ids[0], 'one');
      let revision = 0;
      for (let n = 0; n < APPENDS; n += 1) revision = await store.append(subject, [eventOf(subject, n)], revision);
    });
    report('events appended to one aggregate, one by one', one, { what: 'awaited publishes', value: raw }, 'a second');

    const perAggregate = Math.ceil(40_000 / AGGREGATES);
    const many = await perSecond(AGGREGATES * perAggregate, () =>
      Promise.all(
        ids.map(async (id) => {
          const subject = subjects.job(id, 'many');
          let revision = 0;
          for (let n = 0; n < perAggregate; n += 1)
            revision = await store.append(subject, [eventOf(subject, n)], revision);
        }),
      ),
    );
    report(
      `events appended to ${AGGREGATES} aggregates side by side`,
      many,
      { what: 'awaited publishes', value: raw },
      'a second',
    );

    const total = AGGREGATES * perAggregate;
    const read = await perSecond(total, async () => {
      const consumer = await js.consumers.get('EVENTS', { deliver_policy: DeliverPolicy.All });
      let count = 0;
      for await (const _ of await consumer.consume({ max_messages: 1_000 })) if ((count += 1) === total) break;
    });
    const replay = await perSecond(total, async () => {
      const stop = new AbortController();
      let count = 0;
      for await (const { subject, sequence, payload } of follow(nc, publisher.blobs, {
        stream: 'EVENTS',
        from: 1,
        signal: stop.signal,
      })) {
        decodeEvent(subject, sequence, payload);
        if ((count += 1) === total) break;
      }
    });
    report('events replayed and decoded', replay, { what: 'an ordered consumer, unread', value: read }, 'a second');
  } finally {
    await nc.close();
    await nats.stop();
  }
};
