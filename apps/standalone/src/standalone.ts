import { relative, resolve } from 'node:path';
import { levelsFrom, type Environment } from '#config';
import { InvalidSettings, messageOf } from '#errors';
import { useServiceLogger } from '#jetstream';
import { parseDockerHost, type DockerAddress } from '../../runner/src/executor/index.js';
import { setUp } from '../../setup/src/set-up.js';
import { Version } from '../../viewer/src/http/version.js';
import { Cleanup } from './cleanup.js';
import { composeEnvironment, type OwnValues } from './compose-environment.js';
import { openDataDirectory, type DataDirectory } from './data/data-directory.js';
import { FileLogger } from './data/file-logger.js';
import { keptSecret } from './data/kept-secret.js';
import { executorState, type ExecutorState } from './executor-state.js';
import { requireFreePort } from './free-port.js';
import { withServerFolders } from './nats/find-program.js';
import { findNatsServer } from './nats/nats-binary.js';
import { startNatsChild } from './nats/nats-child.js';
import { Api } from './sample/api.js';
import { showSample } from './sample/sample.js';
import { loadSettings, type Settings } from './service-settings.js';
import { startServices, type Services } from './services.js';
import { StandaloneConfig } from './standalone.config.js';
import { summaryLines } from './summary.js';

/** Where people read: `say` what they should know, `complain` about what went wrong. Lines without a line break. */
export type Output = Readonly<{ say(line: string): void; complain(line: string): void }>;

export type Standalone = Readonly<{
  urls: Readonly<{ viewer: string; webhook: string; login: string; nats: string }>;
  adminToken: string;
  webhookSecret: string;
  stop(): Promise<void>;
}>;

/** Passes for a secret until the real one is known: settings are looked at before anything is written. */
const PLACEHOLDER = 'x'.repeat(32);

const dockerAddress = ({ DOCKER_HOST }: Settings['runner']): DockerAddress => {
  const address = parseDockerHost(DOCKER_HOST);
  if (!address) throw new InvalidSettings(['DOCKER_HOST: must be unix:///path or tcp://host:port']);
  return address;
};

/** As a browser on this machine reaches what listens on every address. */
const fromHere = (url: string): string => url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');

const requireFreePorts = async ({ viewer, ingest }: Settings): Promise<void> => {
  await requireFreePort(viewer.CAIRN_HTTP_HOST, viewer.CAIRN_HTTP_PORT, {
    host: 'CAIRN_HTTP_HOST',
    port: 'CAIRN_HTTP_PORT',
  });
  await requireFreePort(ingest.CAIRN_WEBHOOK_HOST, ingest.CAIRN_WEBHOOK_PORT, {
    host: 'CAIRN_WEBHOOK_HOST',
    port: 'CAIRN_WEBHOOK_PORT',
  });
};

/** One run, from its settings to its last word. */
class Start {
  readonly cleanup = new Cleanup();
  private config = new StandaloneConfig();
  private nats = 'given by CAIRN_NATS_URL';

  constructor(
    private readonly environment: Environment,
    private readonly output: Output,
    private readonly signal: AbortSignal,
  ) {}

  async run(): Promise<Standalone> {
    const placeholders = { webhookSecret: PLACEHOLDER, adminToken: PLACEHOLDER };
    const dataDirectory = resolve(this.environment['CAIRN_DATA_DIR']?.trim() || this.config.CAIRN_DATA_DIR);
    const checked = loadSettings(composeEnvironment(this.environment, { ...placeholders, dataDirectory }));
    this.config = checked.standalone;
    const docker = dockerAddress(checked.runner);
    const data = await this.openData(dataDirectory);
    await requireFreePorts(checked);
    const logger = this.startLog(data, checked);
    const own = await this.ownValues(data);
    const settings = loadSettings(composeEnvironment(this.environment, own));
    this.signal.throwIfAborted();
    await setUp(settings.setup, (line) => {
      logger.log(line, 'setup');
      if (line.startsWith('nats-server ')) this.output.say(line);
    });
    this.signal.throwIfAborted();
    const services = await startServices(settings, (service) => this.cleanup.add(() => service.stop()));
    this.signal.throwIfAborted();
    const executor = await executorState(settings.runner, docker);
    return this.introduce(settings, services, data, executor);
  }

  private async openData(directory: string): Promise<DataDirectory> {
    const data = await openDataDirectory(directory);
    this.cleanup.add(() => data.release());
    return data;
  }

  private startLog(data: DataDirectory, { planner }: Settings): FileLogger {
    const logger = new FileLogger(data.logFile, levelsFrom(planner.CAIRN_LOG_LEVEL), this.output.complain);
    useServiceLogger(() => logger);
    this.cleanup.add(() => logger.close());
    return logger;
  }

  /** What was not set, and the server that was not given. */
  private async ownValues(data: DataDirectory): Promise<OwnValues> {
    const secrets = {
      dataDirectory: data.root,
      webhookSecret: await keptSecret(data.secret('webhook-secret')),
      adminToken: await keptSecret(data.secret('admin-token')),
    };
    if (this.config.CAIRN_NATS_URL !== undefined) return secrets;
    const binary = await findNatsServer(withServerFolders(this.config.PATH), data.tools, this.output.say);
    this.signal.throwIfAborted();
    const child = await startNatsChild({
      binary,
      directory: data.nats,
      logFile: data.natsLogFile,
      say: this.output.complain,
    });
    this.cleanup.add(() => child.stop());
    this.nats = `${child.version} at ${child.url.slice('nats://'.length)}`;
    return { ...secrets, nats: { url: child.url, user: child.user, password: child.password } };
  }

  private async introduce(
    settings: Settings,
    services: Services,
    data: DataDirectory,
    executor: ExecutorState,
  ): Promise<Standalone> {
    const { CAIRN_ADMIN_TOKEN: adminToken, CAIRN_PUBLIC_URL } = settings.viewer;
    const { CAIRN_WEBHOOK_SECRET: webhookSecret, CAIRN_WEBHOOK_HOST: webhookHost } = settings.ingest;
    const viewer = fromHere(services.viewer.url);
    const page = CAIRN_PUBLIC_URL?.replace(/\/+$/, '') ?? viewer;
    const webhook = `${fromHere(services.ingest.url)}/webhooks/github`;
    const login = `${page}/login?token=${encodeURIComponent(adminToken)}`;
    const sample = this.config.CAIRN_SAMPLE
      ? await showSample({
          api: new Api(viewer, adminToken),
          gitRoot: settings.planner.CAIRN_GIT_ROOT ?? data.git,
          searchPath: this.config.PATH,
          webhook: { url: webhook, secret: webhookSecret },
          pageOf: (id) => `${page}/builds/${id}`,
          place: executor.placeForSample,
          say: this.output.say,
          signal: this.signal,
        })
      : undefined;
    const isKept = !this.environment['CAIRN_WEBHOOK_SECRET']?.trim();
    const lines = summaryLines({
      version: new Version().text,
      dataDirectory: relative('.', data.root) || '.',
      nats: this.nats,
      executor: executor.text,
      sample,
      loginUrl: login,
      webhookUrl: webhook,
      webhookHost,
      secretFile: isKept ? relative('.', data.secret('webhook-secret')) : undefined,
    });
    for (const line of lines) this.output.say(line);
    return {
      urls: { viewer, webhook, login, nats: settings.planner.CAIRN_NATS_URL },
      adminToken,
      webhookSecret,
      stop: () => this.stop(),
    };
  }

  stop(): Promise<void> {
    return this.cleanup.run((error) => this.output.complain(`while stopping: ${messageOf(error)}`));
  }
}

/**
 * All six services in this process, with a nats-server of their own unless `CAIRN_NATS_URL` is set. Relative paths begin at
 * the working directory. When it cannot start, or `signal` is aborted, nothing is left running.
 * @throws InvalidSettings · DataDirectoryInUse · DataDirectoryUnusable · PortInUse · NatsServerMissing · NatsServerFailed
 */
export const startStandalone = async (
  environment: Environment,
  output: Output,
  signal: AbortSignal = new AbortController().signal,
): Promise<Standalone> => {
  const start = new Start(environment, output, signal);
  try {
    return await start.run();
  } catch (error) {
    await start.stop();
    throw error;
  }
};
