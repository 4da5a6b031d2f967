import { join } from 'node:path';
import { loadConfig, type Environment } from '#config';
import type { RunningService } from '#jetstream';
import { PlannerConfig } from '../../../planner/src/planner.config.js';
import { RunnerConfig } from '../../../runner/src/runner.config.js';
import { SetupConfig } from '../../../setup/src/setup.config.js';
import type { NatsChild } from '../nats/nats-child.js';

/** Settings of the person's own that hold here too; the others are for a Cairn that stays, each for its reason in the spec. */
const PASSED_ON = [
  ...['PATH', 'DOCKER_HOST', 'CAIRN_DEFAULT_IMAGE', 'CAIRN_PULL', 'CAIRN_REGISTRY_AUTH_FILE', 'CAIRN_DOCKER_SUBNETS'],
  ...['CAIRN_RUNNER_SLOTS', 'CAIRN_DISK_MINIMUM', 'CAIRN_JOB_CPUS_LIMIT', 'CAIRN_JOB_MEMORY_LIMIT_BYTES'],
  ...['CAIRN_CANCEL_GRACE', 'CAIRN_CLEAN_UP_LIMIT', 'CAIRN_TIMEOUT_LIMIT'],
  ...['CAIRN_SERVICE_LIMIT', 'CAIRN_PRIVILEGED_REPOS', 'CAIRN_LFS_LIMIT', 'CAIRN_MIRRORS_LIMIT'],
  ...['CAIRN_ARTIFACT_LIMIT', 'CAIRN_ARTIFACTS_LIMIT', 'CAIRN_ARTIFACTS_COUNT', 'CAIRN_ARTIFACTS_MAX_BYTES'],
  ...['CAIRN_CACHE_LIMIT', 'CAIRN_CACHES_REPO_LIMIT', 'CAIRN_CACHES_LIMIT', 'CAIRN_CACHES_MAX_BYTES'],
];

export type LocalSettings = Readonly<{ setup: SetupConfig; planner: PlannerConfig; runner: RunnerConfig }>;

/** @throws InvalidSettings */
export const localSettings = (
  given: Environment,
  own: Readonly<{ directory: string; executor: 'docker' | 'host'; pools: readonly string[]; nats?: NatsChild }>,
): LocalSettings => {
  const { directory, executor, nats } = own;
  const pools = own.pools.join(',');
  const environment: Environment = {
    ...Object.fromEntries(PASSED_ON.map((name) => [name, given[name]])),
    CAIRN_DATA_DIR: directory,
    CAIRN_GIT_ROOT: join(directory, 'git'),
    CAIRN_EXECUTOR: executor,
    CAIRN_POOLS: pools,
    CAIRN_RUNNER_POOLS: pools,
    CAIRN_STOP_GRACE: '0',
    CAIRN_DOCKER_AHEAD: '0', // nothing comes after it
    CAIRN_LOGS_MAX_BYTES: '-1', // nobody takes them away before the end
    CAIRN_LOG_LEVEL: 'warn',
    ...(nats && { CAIRN_NATS_URL: nats.url, CAIRN_NATS_USER: nats.user, CAIRN_NATS_PASSWORD: nats.password }),
  };
  return {
    setup: loadConfig(SetupConfig, environment),
    planner: loadConfig(PlannerConfig, environment),
    runner: loadConfig(RunnerConfig, environment),
  };
};

/** The planner and a runner, as everywhere. Each that runs is given to `keep`, also when the other one fails. */
export const startLocalServices = async (
  { planner, runner }: LocalSettings,
  keep: (service: RunningService) => void,
): Promise<void> => {
  const { startPlanner } = await import('../../../planner/src/start-planner.js');
  const { startRunner } = await import('../../../runner/src/start-runner.js');
  const started = await Promise.allSettled(
    [startPlanner(planner), startRunner(runner)].map(async (starting) => keep(await starting)),
  );
  for (const service of started) if (service.status === 'rejected') throw service.reason;
};
