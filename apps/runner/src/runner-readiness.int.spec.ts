import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { loadConfig } from '#config';
import { ticketsOf, type Heartbeat } from '#events';
import {
  DEFAULT_STREAM_SETTINGS,
  MessagePublisher,
  Presence,
  connectToNats,
  setUpJetStream,
  type RunningService,
} from '#jetstream';
import { eventually, startNats, type TestNats } from '#testing';
import { RunnerConfig } from './runner.config.js';
import { startRunner } from './start-runner.js';

describe('what a runner says of itself', () => {
  let nats: TestNats;
  let nc: NatsConnection;
  let presence: Presence;
  let directory: string;
  let runner: RunningService | undefined;
  let free = 50;

  const setUp = (...pools: string[]) => setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, pools.map(ticketsOf));

  beforeAll(async () => {
    nats = await startNats();
    nc = await connectToNats({ url: nats.url, name: 'test' });
    await setUp('default');
    presence = new Presence(nc, new MessagePublisher(nc).blobs, 15_000);
    presence.start();
    directory = await mkdtemp(join(tmpdir(), 'cairn-readiness-'));
    const config = loadConfig(RunnerConfig, {
      ...{ CAIRN_NATS_URL: nats.url, CAIRN_DATA_DIR: directory, CAIRN_EXECUTOR: 'host', CAIRN_LOG_LEVEL: 'error' },
      ...{ CAIRN_RUNNER_POOLS: 'default, gpu', CAIRN_RUNNER_SLOTS: '2', CAIRN_LEASE: '5', PATH: process.env['PATH'] },
    });
    runner = await startRunner(config, { free: () => Promise.resolve(free) });
  });
  afterAll(async () => {
    await runner?.stop();
    presence.stop();
    await nc.close();
    await nats.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const says = (fits: (heartbeat: Heartbeat) => boolean): Promise<Heartbeat> =>
    eventually(
      () => presence.alive()[0],
      (heartbeat) => heartbeat !== undefined && fits(heartbeat),
    ) as Promise<Heartbeat>;

  it('looks once more, a lease after its start, for what an earlier process had still asked for', async () => {
    const late = join(directory, 'runner/host/slots/tlate');
    await mkdir(late, { recursive: true });
    await eventually(
      () => readdir(dirname(late)),
      (names) => !names.includes('tlate'),
    );
  });

  it('names only pools whose tickets it can draw, and the others when they are set up', async () => {
    const before = await says(({ pools }) => pools.length > 0);
    expect(before).toMatchObject({ pools: ['default'], capacity: 2 });
    expect(before.note).toBe('pool `gpu` is not set up: CAIRN_POOLS must name it when setup runs');
    await setUp('default', 'gpu');
    const after = await says(({ pools }) => pools.length === 2);
    expect(after.pools).toEqual(['default', 'gpu']);
    expect(await says(({ note }) => note === undefined)).toMatchObject({ capacity: 2 });
  });

  it('has no slots, and draws no ticket, while its disk is too full', async () => {
    free = 9.5;
    const full = await says(({ trouble }) => trouble === 'disk');
    expect(full).toMatchObject({ capacity: 0, running: 0 });
    expect(full.note).toBe(`9 % of the disk of ${join(directory, 'runner')} are free, jobs are taken from 10 % on`);
    const { stream, durable, subject } = ticketsOf('default');
    const jsm = await jetstreamManager(nc);
    await new MessagePublisher(nc).publish(subject, JSON.stringify({ buildId: '0', jobId: 'none', attempt: 1 }));
    for (let beats = 0; beats < 4; beats += 1) {
      const { at } = await says(() => true);
      await says((heartbeat) => heartbeat.at !== at);
    }
    expect(await jsm.consumers.info(stream, durable)).toMatchObject({ num_pending: 1, num_ack_pending: 0 });
    free = 50;
    expect(await says(({ trouble }) => trouble === undefined)).toMatchObject({ capacity: 2 });
    await eventually(
      () => jsm.consumers.info(stream, durable),
      ({ num_pending }) => num_pending === 0,
    );
  });

  it('has no slots from the moment on at which it is told to stop, and draws no ticket any more', async () => {
    const { stream, durable, subject } = ticketsOf('default');
    const [jsm, stopping] = [await jetstreamManager(nc), runner];
    runner = undefined;
    const { num_ack_pending } = await jsm.consumers.info(stream, durable); // of what was drawn before
    await stopping?.stop();
    expect(await says(({ trouble }) => trouble === 'stopping')).toMatchObject({ capacity: 0, running: 0 });
    await new MessagePublisher(nc).publish(subject, JSON.stringify({ buildId: '0', jobId: 'none', attempt: 1 }));
    expect(await jsm.consumers.info(stream, durable)).toMatchObject({ num_pending: 1, num_ack_pending });
  });
});
