import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { IngestConfig } from '../../apps/ingest/src/ingest.config.js';
import { LogShipperConfig } from '../../apps/log-shipper/src/log-shipper.config.js';
import { NotifierConfig } from '../../apps/notifier/src/notifier.config.js';
import { PlannerConfig } from '../../apps/planner/src/planner.config.js';
import { RunnerConfig } from '../../apps/runner/src/runner.config.js';
import { SetupConfig } from '../../apps/setup/src/setup.config.js';
import { ViewerConfig } from '../../apps/viewer/src/viewer.config.js';

const CONFIGS = {
  ...{ ingest: IngestConfig, planner: PlannerConfig, runner: RunnerConfig, 'log-shipper': LogShipperConfig },
  ...{ notifier: NotifierConfig, viewer: ViewerConfig, setup: SetupConfig },
} as const;

/** What a service does not get from `.env`, and why. */
const NOT_PASSED: Readonly<Record<string, string>> = {
  CAIRN_NATS_CA_FILE: 'NATS is on a network within the machine, which is not encrypted',
  CAIRN_GIT_ROOT: 'no folder of the machine is in the containers',
  PATH: 'it is that of the image',
  CAIRN_DATA_DIR: 'the image says where the volume is',
  CAIRN_LOG_DIR: 'logs are in Elasticsearch',
  'runner CAIRN_SECRETS_FILE': 'secrets are in the volume of the runner, see deploy/README.md',
  'runner CAIRN_SAMPLE_REPO': '`npm start` alone has a sample',
  'runner CAIRN_HTTP_HOST': 'it tells where the page is when there is no public address, and there is one',
  'runner CAIRN_HTTP_PORT': 'likewise',
  'notifier CAIRN_HTTP_HOST': 'likewise',
  'notifier CAIRN_HTTP_PORT': 'likewise',
  'setup CAIRN_NATS_REPLICAS': 'there is one nats-server',
};
/** Settings whose value comes from a variable of another name. */
const RENAMED: Readonly<Record<string, string>> = {
  CAIRN_RUNNER_POOLS: 'CAIRN_POOLS',
  ELASTICSEARCH_URL: 'CAIRN_ELASTICSEARCH_PASSWORD',
};

type Composed = Readonly<{ services: Readonly<Record<string, Readonly<{ environment: Record<string, unknown> }>>> }>;

describe.each(Object.entries(CONFIGS))('docker-compose.yml passes to %s', (service, Config) => {
  const file = new URL('../../deploy/docker-compose.yml', import.meta.url);
  const { services } = parse(readFileSync(file, 'utf8'), { merge: true }) as Composed;
  const passed = services[service]?.environment ?? {};
  const settings = Object.keys(new Config());
  const isLeftOut = (name: string): boolean => `${service} ${name}` in NOT_PASSED || name in NOT_PASSED;

  it('every setting that it has, but those that have a reason', () =>
    expect(settings.filter((name) => !(name in passed) && !isLeftOut(name))).toEqual([]));

  it('nothing that it does not know, and nothing that has a reason not to be', () =>
    expect(Object.keys(passed).filter((name) => !settings.includes(name) || isLeftOut(name))).toEqual([]));

  it('what stands in .env under the same name', () => {
    for (const [name, value] of Object.entries(passed)) {
      const [, variable] = /\$\{([A-Z0-9_]+)/.exec(String(value)) ?? [];
      if (variable === undefined || name === 'CAIRN_NATS_PASSWORD') continue;
      expect([name, variable]).toEqual([name, RENAMED[name] ?? name]);
    }
  });
});

it('each reason not to pass a setting is one of a setting that there is', () => {
  const all = Object.entries(CONFIGS).flatMap(([service, Config]) =>
    Object.keys(new Config()).flatMap((name) => [name, `${service} ${name}`]),
  );
  expect(Object.keys(NOT_PASSED).filter((name) => !all.includes(name))).toEqual([]);
});
