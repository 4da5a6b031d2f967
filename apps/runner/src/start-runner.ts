import { join } from 'node:path';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { createBlobStores } from '#blob-store';
import { forgeSettings, levelsFrom, natsSettings, publicUrl, s3Settings } from '#config';
import { createForges } from '#forge';
import {
  Aggregates,
  CLOCK,
  MessagePublisher,
  NATS,
  Presence,
  startConsumers,
  type Clock,
  type RunningService,
} from '#jetstream';
import { DiskSpace, freePercent, type FreePercent } from './disk-space.js';
import { Executors, type EngineExecutor } from './executors.js';
import { HostShells } from './host-shell/index.js';
import { JobHolder, type StopWish } from './job-holder.js';
import { PoolConsumers } from './pool-consumers.js';
import { fileLimits, type RunnerConfig } from './runner.config.js';
import { runnerIdentity, type RunnerIdentity } from './runner-identity.js';
import { Runner } from './runner.js';
import { FileSecretStore, SecretsOfJobs } from './secrets/index.js';
import { SlotRecords } from './slot-records.js';
import { SourceMirrors } from './source/index.js';

/** Starts and ends with the service. */
class RunnerLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly runner: Runner,
    private readonly sources: SourceMirrors,
    private readonly wish: StopWish,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.runner.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.runner.stop(this.wish);
    await this.sources.close();
  }
}

type Place = Readonly<{
  config: RunnerConfig;
  directory: string;
  free: FreePercent;
  engine: EngineExecutor | undefined;
}>;

const lifecycle = (
  { config, directory, free, engine }: Place,
  identity: RunnerIdentity,
  nc: NatsConnection,
  publisher: MessagePublisher,
  aggregates: Aggregates,
  now: Clock,
): RunnerLifecycle => {
  const leaseMs = config.CAIRN_LEASE * 1000;
  const presence = new Presence(nc, publisher.blobs, leaseMs);
  const shells = new HostShells(join(directory, 'shells'));
  const executors = new Executors(config, directory, identity.runner, { shells, engine });
  const limits = { mirrorsLimit: config.CAIRN_MIRRORS_LIMIT, largeFilesLimit: config.CAIRN_LFS_LIMIT };
  const sources = new SourceMirrors({ dataDir: directory, path: config.PATH, shells, ...limits });
  const forges = createForges(forgeSettings(config));
  const records = new SlotRecords(join(directory, 'slots'));
  const store = new FileSecretStore(config.CAIRN_SECRETS_FILE ?? join(config.CAIRN_DATA_DIR, 'secrets.json'));
  const job = {
    secrets: new SecretsOfJobs(store, records),
    sources,
    forges,
    publicUrl: publicUrl(config),
    graceMs: config.CAIRN_CANCEL_GRACE * 1000,
    cleanUpMs: config.CAIRN_CLEAN_UP_LIMIT * 1000,
    timeoutLimitMs: config.CAIRN_TIMEOUT_LIMIT * 1000,
    privilegedRepos: config.CAIRN_PRIVILEGED_REPOS,
  };
  const files = { blobs: createBlobStores(nc, s3Settings(config)), limits: fileLimits(config) };
  const holder = new JobHolder({ nc, aggregates, publisher, presence, now, identity, executors, records, job, files });
  const pools = new PoolConsumers(nc, [...new Set(config.CAIRN_RUNNER_POOLS.split(',').map((pool) => pool.trim()))]);
  const disk = new DiskSpace(
    config.CAIRN_DISK_MINIMUM,
    async () => {
      const root = await executors.root();
      return root === undefined ? [directory] : [directory, root];
    },
    free,
  );
  const slots = config.CAIRN_RUNNER_SLOTS;
  const runner = new Runner({ nc, publisher, presence, identity, executors, holder, pools, disk, slots, leaseMs });
  const wish = { graceMs: config.CAIRN_STOP_GRACE * 1000, leaves: config.CAIRN_ON_STOP === 'leave' };
  return new RunnerLifecycle(runner, sources, wish);
};

/**
 * Wires and starts a runner on its own directory, `<CAIRN_DATA_DIR>/runner`. `engine`: in the place of Docker.
 * @throws when NATS cannot be reached or is not set up
 */
export const startRunner = async (
  config: RunnerConfig,
  { free = freePercent, engine }: Readonly<{ free?: FreePercent; engine?: EngineExecutor }> = {},
): Promise<RunningService> => {
  const directory = join(config.CAIRN_DATA_DIR, 'runner');
  const identity = await runnerIdentity(directory);
  return startConsumers({
    name: 'runner',
    nats: natsSettings(config, 'runner'),
    logLevels: levelsFrom(config.CAIRN_LOG_LEVEL),
    providers: [
      {
        provide: RunnerLifecycle,
        inject: [NATS, MessagePublisher, Aggregates, CLOCK],
        useFactory: (nc: NatsConnection, publisher: MessagePublisher, aggregates: Aggregates, now: Clock) =>
          lifecycle({ config, directory, free, engine }, identity, nc, publisher, aggregates, now),
      },
    ],
  });
};
