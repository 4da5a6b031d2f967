import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { InvalidSettings } from '#errors';
import {
  DockerExecutor,
  HostExecutor,
  chooseExecutor,
  dockerRoot,
  parseDockerHost,
  parseSubnets,
  type DockerAddress,
  type DockerExecutorSettings,
  type Executor,
  type ExecutorChoice,
} from './executor/index.js';
import type { HostShells } from './host-shell/index.js';
import type { RunnerConfig } from './runner.config.js';

/** How long a stop waits for what waited for jobs to be removed; then it is the reaper's, at the next start. */
const CLOSE_MS = 5_000;
/** An answer of the engine counts for this long. */
const FRESH_MS = 5_000;

/**
 * An executor with an engine, which may begin to make places ahead once it is told that jobs may come. `sweep` removes what
 * could not be removed when it was told to; where nothing is left it takes no time.
 */
export type EngineExecutor = Executor & Readonly<{ open(): Promise<void>; sweep(): Promise<void> }>;

/** What the engine has answered; `unavailable`: why it takes no jobs. */
export type EngineLook = Readonly<{ unavailable: string | undefined }>;

/** The executors of one runner, and which of them takes a job now. */
export class Executors {
  readonly docker: EngineExecutor;
  readonly host: Executor;
  private readonly address: DockerAddress;
  #root: string | undefined;
  #dockerAnswer: Readonly<{ at: number; unavailable: string | undefined }> | undefined;

  /** `engine`: in the place of Docker. */
  constructor(
    private readonly config: RunnerConfig,
    directory: string,
    runner: string,
    { shells, engine }: Readonly<{ shells?: HostShells | undefined; engine?: EngineExecutor | undefined }> = {},
  ) {
    const address = parseDockerHost(config.DOCKER_HOST);
    if (!address) throw new InvalidSettings(['DOCKER_HOST: must be unix:///path or tcp://host:port']);
    this.address = address;
    this.docker = engine ?? new DockerExecutor({ address, runner, ...dockerSettings(config, directory) });
    this.host = new HostExecutor({
      dataDir: join(directory, 'host'),
      path: config.PATH,
      ...(shells ? { shells } : {}),
    });
  }

  /** Asks the engine whether it takes jobs now. */
  async look(): Promise<EngineLook> {
    return { unavailable: await this.note(0) };
  }

  /** `image`: what the job names. `engine`: as seen after the job had come. */
  choose(repo: string, image: string | undefined, { unavailable }: EngineLook): ExecutorChoice {
    const { CAIRN_EXECUTOR, CAIRN_SAMPLE_REPO, CAIRN_DEFAULT_IMAGE } = this.config;
    const hasImage = (image ?? CAIRN_DEFAULT_IMAGE) !== undefined;
    return chooseExecutor(CAIRN_EXECUTOR, unavailable, { builtInSample: repo === CAIRN_SAMPLE_REPO, hasImage });
  }

  named(name: 'docker' | 'host'): Executor {
    return name === 'docker' ? this.docker : this.host;
  }

  /** Why Docker cannot take jobs, as it was a moment ago. */
  async dockerUnavailable(freshMs = FRESH_MS): Promise<string | undefined> {
    const now = Date.now();
    if (!this.#dockerAnswer || now - this.#dockerAnswer.at >= freshMs)
      this.#dockerAnswer = { at: now, unavailable: await this.docker.unavailable() };
    return this.#dockerAnswer.unavailable;
  }

  /** Why jobs may have to wait here, for people. */
  async note(freshMs = FRESH_MS): Promise<string | undefined> {
    return this.config.CAIRN_EXECUTOR === 'host' ? undefined : this.dockerUnavailable(freshMs);
  }

  /** Removes what could not be removed while the engine was away. Where nothing was left it takes no time. */
  async sweep(): Promise<void> {
    await this.docker.sweep();
  }

  /** Where the engine keeps its data, if that is on this machine. */
  async root(): Promise<string | undefined> {
    if (this.config.CAIRN_EXECUTOR !== 'host') this.#root ??= await dockerRoot(this.address);
    return this.#root;
  }

  /** Jobs may come now: places for them are made ahead. */
  async open(): Promise<void> {
    if (this.config.CAIRN_EXECUTOR !== 'host') await this.docker.open();
  }

  /** No more jobs come. */
  async close(): Promise<void> {
    const closing = Promise.all([this.docker.close(), this.host.close()]);
    await Promise.race([closing.catch(() => undefined), pause(CLOSE_MS, undefined, { ref: false })]);
  }

  /** Removes what earlier processes of this runner left. True when every executor could be asked. */
  async reap(keep: ReadonlySet<string>): Promise<boolean> {
    await this.host.reap(keep);
    if (this.config.CAIRN_EXECUTOR === 'host') return true;
    if ((await this.dockerUnavailable()) !== undefined) return false;
    await this.docker.reap(keep);
    return true;
  }
}

const dockerSettings = (
  config: RunnerConfig,
  directory: string,
): Omit<DockerExecutorSettings, 'address' | 'runner'> => {
  const logger = new Logger(DockerExecutor.name);
  const { CAIRN_DEFAULT_IMAGE: defaultImage, CAIRN_REGISTRY_AUTH_FILE: registryAuthFile } = config;
  const subnets = parseSubnets(config.CAIRN_DOCKER_SUBNETS);
  if (!subnets) throw new InvalidSettings(['CAIRN_DOCKER_SUBNETS: must be IPv4 networks of /28 or larger']);
  return {
    subnets,
    serviceLimitMs: config.CAIRN_SERVICE_LIMIT * 1000,
    ...(defaultImage === undefined ? {} : { defaultImage }),
    ...(registryAuthFile === undefined ? {} : { registryAuthFile }),
    ceilings: { cpus: config.CAIRN_JOB_CPUS_LIMIT, memoryBytes: config.CAIRN_JOB_MEMORY_LIMIT_BYTES },
    pull: config.CAIRN_PULL,
    images: { limit: config.CAIRN_IMAGES_LIMIT, file: join(directory, 'pulled-images.json') },
    ahead: {
      count: config.CAIRN_DOCKER_AHEAD,
      file: join(directory, 'recent-images.json'),
      warn: (line) => logger.warn(line),
    },
  };
};
