import type { NatsConnection } from '@nats-io/transport-node';
import type { PlanEvent } from '#events';
import { fact, subjects } from '#events';
import {
  DEFAULT_STREAM_SETTINGS,
  JetStreamEventStore,
  MessagePublisher,
  connectToNats,
  setUpJetStream,
} from '#jetstream';
import {
  BUILD_ID,
  cellOf,
  context,
  eventually,
  planOfJobs,
  planned,
  requestOf,
  startNats,
  type TestNats,
} from '#testing';
import { OpenBuilds } from './open-builds.js';

describe('open builds', () => {
  let nats: TestNats;
  let nc: NatsConnection;
  let store: JetStreamEventStore;
  let builds: OpenBuilds;
  const subject = subjects.plan(BUILD_ID);
  const about = (cause: string) => context(subject, cause);

  beforeAll(async () => {
    nats = await startNats();
    nc = await connectToNats({ url: nats.url, name: 'test' });
    await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, []);
    const publisher = new MessagePublisher(nc);
    store = new JetStreamEventStore(nc, publisher);
    builds = new OpenBuilds(nc, store, publisher);
    await builds.start();
  });
  afterAll(async () => {
    builds.stop();
    await nc.close();
    await nats.stop();
  });

  it('are kept while they are open, with the turns of each pool', async () => {
    const jobs = [cellOf('a', {}, []), cellOf('b', {}, [], { pool: 'arm' })];
    const request = { ...requestOf(), origin: { kind: 'request', id: 'x' } as const };
    const queued = (jobId: string, pool: string): PlanEvent =>
      fact('JobsQueued', 1, about(jobId), { jobs: [{ jobId, attempt: 1, pool }] });
    let revision = await store.append(
      subject,
      [fact('BuildRequested', 1, about('r'), request), planned(planOfJobs(jobs))],
      0,
    );
    revision = await store.append(subject, [queued('a', 'default')], revision);
    const first = revision;
    await eventually(
      () => builds.turns,
      (turns) => turns.has('default'),
    );
    expect([...builds.turns.keys()]).toEqual(['default']);
    revision = await store.append(subject, [queued('b', 'arm')], revision);
    await eventually(
      () => builds.turns,
      (turns) => turns.has('arm'),
    );
    const { repoId } = request;
    expect(builds.turns).toEqual(
      new Map([
        ['default', new Map([[repoId, { at: first, asked: true }]])],
        ['arm', new Map([[repoId, { at: revision, asked: true }]])],
      ]),
    );
    expect(builds.all().map(([id, { jobs: all }]) => [id, all.size])).toEqual([[BUILD_ID, 2]]);
    await store.append(subject, [fact('BuildFinished', 1, about('end'), { status: 'passed' })], revision);
    await eventually(
      () => builds.all(),
      (all) => all.length === 0,
    );
    expect(builds.turns.size).toBe(2);
  });
});
