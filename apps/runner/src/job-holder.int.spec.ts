import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { NatsConnection } from '@nats-io/transport-node';
import { forgeSettings, loadConfig } from '#config';
import { jobDecider, type JobCommand } from '#domain';
import { buildId, subjects, type Decider, type DomainEvent } from '#events';
import { createForges } from '#forge';
import {
  Aggregates,
  DEFAULT_STREAM_SETTINGS,
  JetStreamEventStore,
  MessagePublisher,
  Presence,
  connectToNats,
  setUpJetStream,
} from '#jetstream';
import { planOf, planned, queued, requestOf, requested, startNats, type TestNats } from '#testing';
import { Executors } from './executors.js';
import { HostShells } from './host-shell/index.js';
import { JobHolder } from './job-holder.js';
import { RunnerConfig } from './runner.config.js';
import { SlotRecords } from './slot-records.js';
import { SourceMirrors } from './source/index.js';
import { TicketHandle } from './ticket.js';

const git = promisify(execFile);

/** Looks after the held jobs at the worst moment: when a job is held, and the stream does not say so yet. */
class Meddling extends Aggregates {
  meddle: () => Promise<void> = () => Promise.resolve();

  override async execute<State extends object, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    subject: string,
    command: Command,
  ) {
    if ((command as JobCommand).type === 'StartJob') await this.meddle();
    return super.execute(decider, subject, command);
  }
}

describe('the job holder', () => {
  let nats: TestNats;
  let nc: NatsConnection;
  let directory: string;
  let holder: JobHolder;
  let aggregates: Meddling;
  let sources: SourceMirrors;

  beforeAll(async () => {
    nats = await startNats();
    nc = await connectToNats({ url: nats.url, name: 'runner' });
    await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, []);
    directory = await mkdtemp(join(tmpdir(), 'cairn-holder-'));
    const publisher = new MessagePublisher(nc);
    aggregates = new Meddling(new JetStreamEventStore(nc, publisher));
    const config = loadConfig(RunnerConfig, {
      CAIRN_DATA_DIR: directory,
      CAIRN_EXECUTOR: 'host',
      CAIRN_GIT_ROOT: join(directory, 'git'),
      PATH: process.env['PATH'],
    });
    const shells = new HostShells(join(directory, 'shells'));
    sources = new SourceMirrors({ dataDir: directory, path: config.PATH, shells });
    holder = new JobHolder({
      nc,
      aggregates,
      publisher,
      presence: new Presence(nc, publisher.blobs, 15_000),
      now: () => new Date().toISOString(),
      identity: { runner: 'test', epoch: 'this-process' },
      executors: new Executors(config, directory, 'test', shells),
      records: new SlotRecords(join(directory, 'slots')),
      job: { sources, forges: createForges(forgeSettings(config)), publicUrl: 'http://127.0.0.1', graceMs: 1_000 },
    });
    aggregates.meddle = () => holder.look();
  });
  afterAll(async () => {
    await sources.close();
    await nc.close();
    await nats.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('does not take a job for lost that it has just drawn, and the stream does not name its holder yet', async () => {
    const repo = join(directory, 'git/octo/app');
    await mkdir(repo, { recursive: true });
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
    await git('git', ['init', '--quiet', '--initial-branch=main'], { cwd: repo });
    await git('git', [...who, 'commit', '--quiet', '--allow-empty', '-m', 'x'], { cwd: repo });
    const { stdout } = await git('git', ['rev-parse', 'HEAD'], { cwd: repo });
    const id = buildId(0, 'holder');
    const request = requestOf();
    const data = {
      ...request,
      buildId: id,
      repo: 'octo/app',
      trigger: { ...request.trigger, ref: 'refs/heads/main', sha: stdout.trim() },
    };
    const plan = subjects.plan(id);
    await aggregates.store.append(plan, [{ ...requested(), data }, planned(planOf(['test'])), queued(['test', 1])], 0);
    await holder.take({ buildId: id, jobId: 'test', attempt: 1 }, 1, new TicketHandle(nc, 'nobody.listens'));
    const { state } = await aggregates.load(jobDecider, subjects.job(id, 'test'));
    expect(state).toMatchObject({ status: 'ended', outcome: 'passed', attempt: 1 });
  });
});
