import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig, type Environment } from '#config';
import { DataDirectoryInUse, messageOf } from '#errors';
import { Executors } from '../../../runner/src/executors.js';
import { RunnerConfig } from '../../../runner/src/runner.config.js';
import { openDataDirectory, type DataDirectory } from '../data/data-directory.js';
import { natsFiles } from '../nats/nats-child.js';
import { endLeftOver } from '../nats/left-over.js';
import type { LocalRunConfig } from './local-run.config.js';

const cacheOf = ({ HOME, XDG_CACHE_HOME }: LocalRunConfig): string =>
  join(XDG_CACHE_HOME?.startsWith('/') ? XDG_CACHE_HOME : join(HOME, '.cache'), 'cairn');

/** Where a fetched nats-server is kept from one run to the next. */
export const toolsOf = (config: LocalRunConfig): string => join(cacheOf(config), 'tools');

/** A new directory that lives as long as one run. @throws DataDirectoryUnusable */
export const openRunDirectory = (config: LocalRunConfig): Promise<DataDirectory> =>
  openDataDirectory(join(cacheOf(config), 'runs', randomBytes(8).toString('hex')));

type ExecutorName = 'auto' | 'docker' | 'host';

/** Ends and removes what the run's runner has: containers, processes. */
export const endJobs = async (data: DataDirectory, environment: Environment, executor: ExecutorName): Promise<void> => {
  const id = (await readFile(join(data.root, 'runner/id'), 'utf8').catch(() => '')).trim();
  if (id === '') return;
  const { PATH, DOCKER_HOST } = environment;
  const config = loadConfig(RunnerConfig, { PATH, DOCKER_HOST, CAIRN_EXECUTOR: executor });
  await new Executors(config, join(data.root, 'runner'), id).reap(new Set());
};

/** Removes the run's directory, after all that its runner may have left. */
export const removeRun = async (
  data: DataDirectory,
  environment: Environment,
  executor: ExecutorName,
): Promise<void> => {
  await endJobs(data, environment, executor);
  await rm(data.root, { recursive: true, force: true });
  await data.release();
};

/** Clears up after runs that were killed: those whose directory nobody holds any more. */
export const removeLeftRuns = async (
  config: LocalRunConfig,
  environment: Environment,
  complain: (line: string) => void,
): Promise<void> => {
  const runs = join(cacheOf(config), 'runs');
  for (const name of await readdir(runs).catch(() => [])) {
    const root = join(runs, name);
    const begun = await readFile(join(root, 'pid')).catch(() => undefined); // else it is being made at this moment
    if (!begun) continue;
    try {
      const data = await openDataDirectory(root);
      const { pidFile, configFile } = natsFiles(data.nats);
      await endLeftOver(pidFile, configFile);
      await removeRun(data, environment, 'auto');
    } catch (error) {
      if (!(error instanceof DataDirectoryInUse))
        complain(`an earlier run cannot be cleared away: ${messageOf(error)}`);
    }
  }
};
