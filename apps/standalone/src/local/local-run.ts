import { join } from 'node:path';
import { loadConfig, natsSettings, type Environment } from '#config';
import { planDecider, repoDecider, type PlanState } from '#domain';
import { InvalidSettings, LocalRunFailed, messageOf } from '#errors';
import { buildId, githubRepoId, subjects, type Actor, type CommandContext, type Trigger } from '#events';
import { Aggregates, JetStreamEventStore, MessagePublisher, connectToNats, useServiceLogger } from '#jetstream';
import { parseDockerHost, pingDocker } from '../../../runner/src/executor/index.js';
import { setUp } from '../../../setup/src/set-up.js';
import { Cleanup } from '../cleanup.js';
import type { DataDirectory } from '../data/data-directory.js';
import { FileLogger } from '../data/file-logger.js';
import { withServerFolders } from '../nats/find-program.js';
import { findNatsServer } from '../nats/nats-binary.js';
import { startNatsChild, type NatsChild } from '../nats/nats-child.js';
import { BuildWatch } from './build-watch.js';
import { LocalRunConfig } from './local-run.config.js';
import { keepLocalSecrets } from './local-secrets.js';
import { localSettings, startLocalServices, type LocalSettings } from './local-services.js';
import { endJobs, openRunDirectory, removeLeftRuns, removeRun, toolsOf } from './run-directory.js';
import { takeSnapshot } from './snapshot.js';

/** What the command line asks for. `pools`: those of the plan; one runner serves them all. */
export type LocalRunOptions = Readonly<{
  /** The working tree's root. */
  root: string;
  /** `owner/name`, as jobs are told. */
  repo: string;
  defaultBranch: string;
  /** The commit is the snapshot's. */
  trigger: Omit<Trigger, 'sha'>;
  pools: readonly string[];
  executor: 'auto' | 'docker' | 'host';
  /** `NAME=value` lines: what stands for the secrets that steps name. */
  secretsFile?: string;
  /** Names of jobs with `approval` that may run. */
  approved: readonly string[];
  hasColours: boolean;
}>;

/** `out`: the log of the jobs; `say` and `complain`: lines of our own. */
export type LocalOutput = Readonly<{
  out(text: string): void;
  say(line: string): void;
  complain(line: string): void;
}>;

/** `cancel`: the build is cancelled, with the grace that every cancelled build has; `hurry`: without. */
export type Interruptions = Readonly<{ cancel: AbortSignal; hurry: AbortSignal }>;

const REPO_ID = githubRepoId(1);

class LocalRun {
  readonly cleanup = new Cleanup();
  private readonly config: LocalRunConfig;

  constructor(
    private readonly options: LocalRunOptions,
    private readonly environment: Environment,
    private readonly output: LocalOutput,
    private readonly interruptions: Interruptions,
  ) {
    this.config = loadConfig(LocalRunConfig, environment);
  }

  async run(): Promise<PlanState> {
    const { cancel, hurry } = this.interruptions;
    const executor = await this.executor();
    await removeLeftRuns(this.config, this.environment, this.output.complain);
    const data = await openRunDirectory(this.config);
    this.cleanup.add(() => removeRun(data, this.environment, executor));
    hurry.addEventListener('abort', () => void endJobs(data, this.environment, executor).catch(() => undefined));
    this.startLog(data);
    const own = { directory: data.root, executor, pools: this.options.pools };
    localSettings(this.environment, own); // wrong ones are told before anything is started
    const { secretsFile, repo } = this.options;
    if (secretsFile !== undefined) await keepLocalSecrets(secretsFile, repo, join(data.root, 'secrets.json'));
    const [sha, nats] = await bothOf(this.snapshot(data), this.startNats(data));
    cancel.throwIfAborted();
    const settings = localSettings(this.environment, { ...own, nats });
    await setUp(settings.setup, () => undefined);
    cancel.throwIfAborted();
    await startLocalServices(settings, (service) => this.cleanup.add(() => service.stop()));
    cancel.throwIfAborted();
    return this.build(settings, { ...this.options.trigger, sha });
  }

  /** Without an engine the steps would wait for ever; on this machine itself they run only when that was asked for. */
  private async executor(): Promise<'docker' | 'host'> {
    if (this.options.executor === 'host') return 'host';
    const address = parseDockerHost(this.environment['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock');
    if (!address) throw new InvalidSettings(['DOCKER_HOST: must be unix:///path or tcp://host:port']);
    const unavailable = await pingDocker(address);
    if (unavailable === undefined) return 'docker';
    throw new LocalRunFailed(`${unavailable}; start Docker, or run the steps on this very machine: --executor host`);
  }

  private startLog(data: DataDirectory): void {
    const logger = new FileLogger(data.logFile, ['error', 'warn'], this.output.complain);
    useServiceLogger(() => logger);
    this.cleanup.add(() => logger.close());
  }

  private snapshot(data: DataDirectory): Promise<string> {
    const { root, repo, trigger } = this.options;
    const repository = join(data.git, `${repo}.git`);
    const { PATH: searchPath, HOME: home } = this.config;
    return takeSnapshot({ root, repository, ref: trigger.ref, searchPath, home });
  }

  private async startNats(data: DataDirectory): Promise<NatsChild> {
    const path = withServerFolders(this.config.PATH);
    const binary = await findNatsServer(path, toolsOf(this.config), this.output.say);
    const files = { directory: data.nats, logFile: data.natsLogFile };
    const child = await startNatsChild({ binary, ...files, say: this.output.complain });
    this.cleanup.add(() => child.stop());
    return child;
  }

  /** Registers the build as a webhook or a request would, and watches what the planner and the runner make of it. */
  private async build(settings: LocalSettings, trigger: Trigger): Promise<PlanState> {
    const nc = await connectToNats(natsSettings(settings.planner, 'local-run'));
    this.cleanup.add(() => nc.close());
    const publisher = new MessagePublisher(nc);
    const aggregates = new Aggregates(new JetStreamEventStore(nc, publisher));
    const { repo, defaultBranch, hasColours, approved } = this.options;
    const origin = { kind: 'request' as const, id: 'local-run' };
    const id = buildId(0, origin.id);
    const context = (subject: string): CommandContext => {
      const actor: Actor = { kind: 'user', id: trigger.author, name: trigger.author };
      return { subject, at: new Date().toISOString(), cause: origin.id, actor };
    };
    const subject = subjects.repo(REPO_ID);
    const identity = { repoId: REPO_ID, repo, defaultBranch };
    const registration = {
      ...context(subject),
      ...identity,
      type: 'RegisterBuild' as const,
      buildId: id,
      trigger,
      origin,
    };
    await aggregates.execute(repoDecider, subject, registration);
    const cancel = (): void => {
      const plan = subjects.plan(id);
      const command = { ...context(plan), type: 'CancelBuild' as const, reason: 'user' as const };
      aggregates
        .execute(planDecider, plan, command)
        .catch((error: unknown) => this.output.complain(`cannot be cancelled: ${messageOf(error)}`));
    };
    const approve = (job: string): void => {
      const plan = subjects.plan(id);
      const command = {
        ...context(plan),
        cause: `approval of ${job}`,
        type: 'ApproveJob' as const,
        sha: trigger.sha,
        job,
      };
      aggregates
        .execute(planDecider, plan, command)
        .catch((error: unknown) => this.output.complain(`${job} cannot be approved: ${messageOf(error)}`));
    };
    const watch = new BuildWatch({
      ...{ nc, blobs: publisher.blobs, buildId: id, hasColours, write: this.output.out },
      asked: (names) => approved.filter((name) => names.has(name)).forEach(approve),
    });
    const { cancel: signal } = this.interruptions;
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    return watch.run();
  }
}

/** Waits for both, also when one fails: what the other has begun must be known to be undone. */
const bothOf = async <A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> => {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === 'rejected') throw a.reason;
  if (b.status === 'rejected') throw b.reason;
  return [a.value, b.value];
};

/**
 * Runs the pipeline of a working tree on this machine: a planner and a runner as everywhere, on a nats-server and a
 * directory of their own, which are gone afterwards. Settles with the plan as it is in the end.
 * @throws LocalRunFailed · InvalidSettings · NatsServerMissing · NatsServerFailed · the reason of `cancel`, when it came
 *   before there was a build
 */
export const runLocally = async (
  options: LocalRunOptions,
  environment: Environment,
  output: LocalOutput,
  interruptions: Interruptions,
): Promise<PlanState> => {
  const run = new LocalRun(options, environment, output, interruptions);
  try {
    return await run.run();
  } finally {
    await run.cleanup.run((error) => output.complain(`while clearing up: ${messageOf(error)}`));
  }
};
