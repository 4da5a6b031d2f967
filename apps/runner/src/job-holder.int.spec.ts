import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, chmod, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { createBlobStores } from '#blob-store';
import { forgeSettings, loadConfig } from '#config';
import { jobDecider, type JobCommand } from '#domain';
import {
  buildId,
  bytesOfChunk,
  subjects,
  type Decider,
  type DomainEvent,
  type JobEvent,
  type LogChunk,
  type StepTemplate,
} from '#events';
import { createForges } from '#forge';
import { storeSecret } from '#secrets';
import {
  Aggregates,
  DEFAULT_STREAM_SETTINGS,
  JetStreamEventStore,
  MessagePublisher,
  Presence,
  connectToNats,
  setUpJetStream,
} from '#jetstream';
import {
  jobStarted,
  planOf,
  planned,
  queued,
  requestOf,
  requested,
  startNats,
  stepFinished,
  stepStarted,
  type TestNats,
} from '#testing';
import { Deferred } from './executor/deferred.js';
import type { Executor, Sandbox, StepProcess } from './executor/index.js';
import { Executors } from './executors.js';
import { HostShells } from './host-shell/index.js';
import { JobHolder } from './job-holder.js';
import { fileLimits, RunnerConfig } from './runner.config.js';
import { FileSecretStore, SecretsOfJobs } from './secrets/index.js';
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

/** A step that runs until it is stopped. */
const endlessStep = (): StepProcess => {
  const output = new PassThrough();
  const ended = once(output, 'end').then(() => ({ code: 143 }));
  return { accepted: Promise.resolve(), output, exit: ended, stop: async () => void output.end() };
};

/** Finds every place again, as an engine does whose containers outlive the runner. */
class Adopting extends Executors {
  /** How long it takes to remove one. */
  removal = Promise.resolve();

  override named(): Executor {
    const sandbox: Sandbox = {
      slot: '',
      workspace: '/workspace',
      services: [],
      servicesReady: () => Promise.resolve(),
      endServices: () => Promise.resolve(),
      unpack: () => Promise.resolve(),
      run: endlessStep,
      entries: () => Readable.from([]),
      fill: () => Promise.resolve(),
      exchange: () => Promise.resolve({ environment: Buffer.alloc(0), outputs: Buffer.alloc(0) }),
      detach: () => Promise.resolve(),
      remove: () => this.removal,
    };
    return Object.assign(Object.create(this.host) as Executor, { adopt: () => Promise.resolve(sandbox) });
  }
}

describe('the job holder', () => {
  let nats: TestNats;
  let nc: NatsConnection;
  let directory: string;
  let holder: JobHolder;
  let aggregates: Meddling;
  let sources: SourceMirrors;
  let records: SlotRecords;
  let executors: Adopting;

  const secretsFile = (): string => join(directory, 'secrets.json');

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
    records = new SlotRecords(join(directory, 'slots'));
    executors = new Adopting(config, directory, 'test', { shells });
    holder = new JobHolder({
      nc,
      aggregates,
      publisher,
      presence: new Presence(nc, publisher.blobs, 15_000),
      now: () => new Date().toISOString(),
      identity: { runner: 'test', epoch: 'this-process' },
      executors,
      records,
      job: {
        secrets: new SecretsOfJobs(new FileSecretStore(secretsFile()), records),
        sources,
        forges: createForges(forgeSettings(config)),
        ...{ publicUrl: 'http://127.0.0.1', graceMs: 1_000, cleanUpMs: 5_000, timeoutLimitMs: 1_800_000 },
        privilegedRepos: '',
      },
      files: { blobs: createBlobStores(nc, undefined), limits: fileLimits(config) },
    });
    aggregates.meddle = () => holder.look();
  });
  afterAll(async () => {
    await sources.close();
    await nc.close();
    await nats.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** A build whose one job, `test`, waits for a runner, and runs `script`. */
  const queuedBuild = async (salt: string, script: string, more: Partial<StepTemplate> = {}): Promise<string> => {
    const repo = join(directory, 'git/octo', salt);
    await mkdir(repo, { recursive: true });
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
    await git('git', ['init', '--quiet', '--initial-branch=main'], { cwd: repo });
    await git('git', [...who, 'commit', '--quiet', '--allow-empty', '-m', 'x'], { cwd: repo });
    const { stdout } = await git('git', ['rev-parse', 'HEAD'], { cwd: repo });
    const id = buildId(0, salt);
    const request = requestOf();
    const data = {
      ...request,
      buildId: id,
      repo: `octo/${salt}`,
      trigger: { ...request.trigger, ref: 'refs/heads/main', isDefaultBranch: true, sha: stdout.trim() },
    };
    const [template] = planOf(['test']).templates;
    const steps = [{ name: script, run: script, environment: {}, ...more }];
    const plan = { ...planOf(['test']), templates: template ? [{ ...template, steps }] : [] };
    await aggregates.store.append(subjects.plan(id), [{ ...requested(), data }, planned(plan), queued(['test', 1])], 0);
    return id;
  };

  const take = (id: string): Promise<void> =>
    holder.take({ buildId: id, jobId: 'test', attempt: 1 }, 1, new TicketHandle(nc, 'nobody.listens'));

  it('does not take a job for lost that it has just drawn, and the stream does not name its holder yet', async () => {
    const id = await queuedBuild('drawn', 'echo hello');
    await take(id);
    const { state } = await aggregates.load(jobDecider, subjects.job(id, 'test'));
    expect(state).toMatchObject({ status: 'ended', outcome: 'passed', attempt: 1 });
  });

  it('runs a job once whose ticket it is given again before it has begun', async () => {
    const executions = join(directory, 'executions');
    const id = await queuedBuild('twice', `echo begun >>${executions}`);
    await Promise.all([take(id), take(id)]);
    expect(await readFile(executions, 'utf8')).toBe('begun\n');
  });

  const KEY = { repo: 'octo/secretive', name: 'KEY', value: 'a secret of 2 words', events: ['push'] as const };
  const secretive = async (salt: string, script: string, name = 'KEY') => {
    const id = await queuedBuild(salt, script, { secrets: [name] });
    await take(id);
    const { state } = await aggregates.load(jobDecider, subjects.job(id, 'test'));
    const log = async (step: number): Promise<string> => {
      const { direct } = await jetstreamManager(nc);
      let [text, seq] = ['', 1];
      for (;;) {
        const chunk = await direct.getMessage('LOGS', { seq, next_by_subj: subjects.logs(id, 'test', 1, step) });
        if (!chunk) return text;
        text += bytesOfChunk(chunk.json<LogChunk>()).toString();
        seq = chunk.seq + 1;
      }
    };
    const { events } = await aggregates.store.load<JobEvent>(subjects.job(id, 'test'));
    const outputs = events.flatMap((event) => (event.type === 'JobFinished' ? [event.data.outputs] : []));
    return { ...state, outputs, log };
  };

  it('gives a step the secret that it names, keeps it with the record meanwhile, and lets none of it out', async () => {
    await storeSecret(secretsFile(), KEY);
    const slots = join(directory, 'slots');
    const script = `echo "$KEY"; echo "GOOD=1" >>$CAIRN_OUTPUT; echo "BAD=x$KEY" >>$CAIRN_OUTPUT; ls ${slots}; stat -c %a ${slots}/*; exit 1`;
    const { log, failure, outputs } = await secretive('secretive', script);
    expect(failure).toMatchObject({ kind: 'step' });
    expect(await log(1)).toMatch(
      /^\*\*\*\n\w+\.json\n\w+\.secrets\n600\n600\ncairn: the output BAD is not handed on: it holds a secret\n$/,
    );
    expect(outputs).toEqual([{ GOOD: '1' }]);
    await holder.tidied(1);
    expect(await readdir(slots)).toEqual([]);
  });

  it('says why a job failed without the secret that is in the reason', async () => {
    await storeSecret(secretsFile(), { ...KEY, repo: 'octo/named', value: 'hunter2hunter2' });
    const { failure } = await secretive('named', 'echo "LD_$KEY=1" >>$CAIRN_ENV');
    expect(failure).toMatchObject({ message: expect.stringMatching(/line 1: LD_\*\*\* cannot be set/) });
  });

  it('ends a job before its first step when a secret is missing, not for such a build, or cannot be read', async () => {
    await storeSecret(secretsFile(), KEY);
    const setup = (words: RegExp) => ({ kind: 'setup', message: expect.stringMatching(words) as string });
    const missing = await secretive('missing', 'echo ran');
    expect(missing.failure).toEqual(setup(/^the secret KEY is not stored for octo\/missing; .*cairn secret set/));
    expect([...missing.steps]).toEqual([[0, 'failed']]);
    expect(await missing.log(0)).toMatch(/^the secret KEY is not stored for octo\/missing/);
    await storeSecret(secretsFile(), { ...KEY, repo: 'octo/unbound', events: ['tag'] });
    expect((await secretive('unbound', 'echo ran')).failure).toEqual(
      setup(/^the secret KEY is kept for tags, and this is a push/),
    );
    await chmod(secretsFile(), 0o644);
    expect((await secretive('open', 'echo ran')).failure).toEqual(
      setup(/^the secrets in .* cannot be used: .*chmod 600/),
    );
    await chmod(secretsFile(), 0o600);
    await holder.tidied(1);
    expect(await readdir(join(directory, 'slots'))).toEqual([]);
  });

  /** What becomes of a job that began long ago, of which this is known when its runner comes back. */
  const adopted = async (name: string, ...known: readonly DomainEvent[]) => {
    await holder.tidied(1); // all have the same slot
    const id = buildId(0, name);
    const of = { buildId: id, jobId: 'test', attempt: 1 };
    await aggregates.store.append(
      subjects.plan(id),
      [{ ...requested(), data: { ...requestOf(), buildId: id } }, planned(planOf(['test'])), queued(['test', 1])],
      0,
    );
    const started = jobStarted(1, { runner: 'test', epoch: 'earlier', slot: 'slot-1' });
    await aggregates.store.append(
      subjects.job(id, 'test'),
      [started, stepStarted(1, 0), stepFinished(1, 0), ...known],
      0,
    );
    await records.write({ slot: 'slot-1', ...of, executor: 'docker', ticketReply: 'nobody.listens' });
    await Promise.all(await holder.adoptAll());
    const { state } = await aggregates.load(jobDecider, subjects.job(id, 'test'));
    return state.failure;
  };

  it('counts the time of a job that it takes over from when it began, up to the limit of this runner', async () =>
    expect(await adopted('late', stepStarted(1, 1))).toEqual({ kind: 'timeout', message: 'ended after 30m' }));

  it('lets a job pass whose steps had all passed in time', async () =>
    expect(await adopted('in time', stepStarted(1, 1), stepFinished(1, 1))).toBeUndefined());

  it('has ended a job before its place is removed, and keeps count of those that are not', async () => {
    const removal = new Deferred<void>();
    executors.removal = removal.promise;
    await adopted('removed late', stepStarted(1, 1), stepFinished(1, 1));
    expect([holder.running, [...holder.slots]]).toEqual([0, ['slot-1']]);
    let isTidy = false;
    const tidied = holder.tidied(1).then(() => (isTidy = true));
    await holder.tidied(2);
    expect(isTidy).toBe(false);
    removal.resolve();
    await tidied;
    expect([...holder.slots]).toEqual([]);
  });

  it.each([
    ['failed', 3, { kind: 'step', message: 'step 1 ended with code 3', step: 1 }],
    ['failed', null, { kind: 'infrastructure', message: 'step 1 was cut short when the runner stopped', step: 1 }],
    ['cancelled', 143, { kind: 'infrastructure', message: 'step 1 was cut short when the runner stopped', step: 1 }],
  ] as const)('says of a step that %s with code %p what its end means', async (outcome, exitCode, failure) =>
    expect(
      await adopted(`${outcome} ${exitCode}`, stepStarted(1, 1), stepFinished(1, 1, { outcome, exitCode })),
    ).toEqual(failure),
  );

  it('says of a step that ended after its time that the time was over', async () => {
    const late = { ...stepFinished(1, 1, { outcome: 'failed', exitCode: 143 }), at: new Date().toISOString() };
    expect(await adopted('timed out', stepStarted(1, 1), late)).toMatchObject({ kind: 'timeout' });
  });
});
