import { loadConfig, type Environment } from '#config';
import { InvalidSettings } from '#errors';
import { didYouMean } from '#spec';
import { IngestConfig } from '../../ingest/src/ingest.config.js';
import { LogShipperConfig } from '../../log-shipper/src/log-shipper.config.js';
import { NotifierConfig } from '../../notifier/src/notifier.config.js';
import { PlannerConfig } from '../../planner/src/planner.config.js';
import { RunnerConfig } from '../../runner/src/runner.config.js';
import { SetupConfig } from '../../setup/src/setup.config.js';
import { ViewerConfig } from '../../viewer/src/viewer.config.js';
import { StandaloneConfig } from './standalone.config.js';

/** Every class of settings in this process. */
export const CONFIG_TYPES = {
  standalone: StandaloneConfig,
  setup: SetupConfig,
  ingest: IngestConfig,
  planner: PlannerConfig,
  runner: RunnerConfig,
  logShipper: LogShipperConfig,
  notifier: NotifierConfig,
  viewer: ViewerConfig,
} as const;

export type Settings = { readonly [Name in keyof typeof CONFIG_TYPES]: InstanceType<(typeof CONFIG_TYPES)[Name]> };

/** The settings of all services. @throws InvalidSettings with the problems of all of them, each said once */
export const loadSettings = (environment: Environment): Settings => {
  const problems = new Set<string>();
  const loaded = Object.entries(CONFIG_TYPES).map(([name, type]) => {
    try {
      return [name, loadConfig<object>(type, environment)];
    } catch (error) {
      if (!(error instanceof InvalidSettings)) throw error;
      for (const problem of error.problems) problems.add(problem);
      return [name, undefined];
    }
  });
  if (problems.size > 0) throw new InvalidSettings([...problems]);
  return Object.fromEntries(loaded) as Settings;
};

export const settingNames = (): string[] =>
  [...new Set(Object.values(CONFIG_TYPES).flatMap((type) => Object.keys(new type())))].sort();

/** A line for each name in `.env` that looks like one of ours but is none. */
export const unknownSettings = (namesInFile: readonly string[]): string[] => {
  const known = settingNames();
  return namesInFile
    .filter((name) => name.startsWith('CAIRN_') && !known.includes(name))
    .map((name) => `.env: ${name} is not a setting${didYouMean(name, known)}`);
};
