import type { Environment } from '#config';
import { InvalidSettings } from '#errors';
import { localSettings } from './local-services.js';

/** What a local run does not take from the person's environment, and why. */
const NOT_PASSED_ON: Readonly<Record<string, string>> = {
  CAIRN_NATS_URL: 'it has a server of its own',
  CAIRN_NATS_USER: 'likewise',
  CAIRN_NATS_PASSWORD: 'likewise',
  CAIRN_NATS_CA_FILE: 'likewise',
  CAIRN_NATS_REPLICAS: 'likewise',
  CAIRN_LOG_LEVEL: 'the log of the services is in the directory of the run, which goes with it',
  CAIRN_DATA_DIR: 'it has a directory of its own',
  CAIRN_GIT_ROOT: 'likewise',
  CAIRN_SECRETS_FILE: '`--secrets-file` gives it secrets',
  CAIRN_EXECUTOR: '`--executor` says it',
  CAIRN_POOLS: 'one runner serves those of the plan',
  CAIRN_RUNNER_POOLS: 'likewise',
  CAIRN_DOCKER_AHEAD: 'nothing comes after it',
  CAIRN_STOP_GRACE: 'it stops when its build has ended',
  CAIRN_ON_STOP: 'likewise',
  CAIRN_LEASE: 'there is no other runner for the jobs of the first',
  CAIRN_REPOS: 'it builds the working tree',
  CAIRN_GITHUB_URL: 'it asks nobody',
  CAIRN_GITHUB_TOKEN: 'likewise',
  CAIRN_APPROVAL_DAYS: '`--approve` says which jobs may run',
  CAIRN_REPO_LIMIT: 'there is one repository',
  CAIRN_REPO_SHARE: 'likewise',
  CAIRN_SAMPLE_REPO: '`npm start` alone has a sample',
  CAIRN_HTTP_HOST: 'there is no page',
  CAIRN_HTTP_PORT: 'likewise',
  CAIRN_PUBLIC_URL: 'likewise',
  CAIRN_S3_ENDPOINT: 'artifacts and caches stay within the run',
  CAIRN_S3_BUCKET: 'likewise',
  CAIRN_S3_REGION: 'likewise',
  CAIRN_S3_ACCESS_KEY: 'likewise',
  CAIRN_S3_SECRET_KEY: 'likewise',
  CAIRN_S3_PATH_STYLE: 'likewise',
  CAIRN_WEBHOOKS_MAX_BYTES: 'its streams hold one build',
  CAIRN_EVENTS_MAX_BYTES: 'likewise',
  CAIRN_QUEUE_MAX_BYTES: 'likewise',
  CAIRN_REQUESTS_MAX_BYTES: 'likewise',
  CAIRN_LOGS_MAX_BYTES: 'likewise',
  CAIRN_DEAD_MAX_BYTES: 'likewise',
  CAIRN_IMAGES_LIMIT: 'it remembers no images from one run to the next',
  CAIRN_ARTIFACTS_DAYS: 'it does not last for days',
  CAIRN_CACHES_DAYS: 'likewise',
};

const own = { directory: '/srv/run', executor: 'docker', pools: ['default'] } as const;
/** One of these is a value other than the default for whatever is a setting. */
const VALUES = ['7', '70000000', 'always', '/srv/x', 'owner/name', 'unix:///srv/x', '10.1.0.0/16', 'true', 'false'];

const settingsWith = (environment: Environment): string => {
  try {
    return JSON.stringify(localSettings(environment, own));
  } catch (error) {
    if (error instanceof InvalidSettings) return error.message; // then it was looked at
    throw error;
  }
};

describe('the settings of a local run', () => {
  const { setup, planner, runner } = localSettings({}, own);
  const names = [...new Set([setup, planner, runner].flatMap((config) => Object.keys(config)))];
  const isPassedOn = (name: string): boolean =>
    VALUES.some((value) => settingsWith({ [name]: value }) !== settingsWith({}));

  it.each(names)('%s counts, or has a reason not to', (name) =>
    expect([name, isPassedOn(name)]).toEqual([name, !(name in NOT_PASSED_ON)]),
  );

  it('have a reason only where there is a setting', () =>
    expect(Object.keys(NOT_PASSED_ON).filter((name) => !names.includes(name))).toEqual([]));
});
