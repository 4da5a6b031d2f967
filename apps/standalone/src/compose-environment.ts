import { join } from 'node:path';
import type { Environment } from '#config';
import { SAMPLE_REPO } from './sample/push-payload.js';

/** What the standalone knows and its user need not: passed to the services as if it had been set. */
export type OwnValues = Readonly<{
  dataDirectory: string;
  webhookSecret: string;
  adminToken: string;
  nats?: Readonly<{ url: string; user: string; password: string }>;
}>;

const isSet = (value: string | undefined): value is string => value !== undefined && value.trim() !== '';

/** The environment that all services read: what is set wins over what is ours. */
export const composeEnvironment = (given: Environment, own: OwnValues): Environment => {
  const or = (name: string, value: string): string => (isSet(given[name]) ? given[name] : value);
  const repos = [given['CAIRN_REPOS'], SAMPLE_REPO].filter(isSet).join(',');
  return {
    ...given,
    CAIRN_DATA_DIR: own.dataDirectory,
    CAIRN_GIT_ROOT: or('CAIRN_GIT_ROOT', join(own.dataDirectory, 'git')),
    CAIRN_WEBHOOK_SECRET: or('CAIRN_WEBHOOK_SECRET', own.webhookSecret),
    CAIRN_ADMIN_TOKEN: or('CAIRN_ADMIN_TOKEN', own.adminToken),
    CAIRN_REPOS: repos,
    CAIRN_SAMPLE_REPO: SAMPLE_REPO,
    ...(own.nats && {
      CAIRN_NATS_URL: own.nats.url,
      CAIRN_NATS_USER: own.nats.user,
      CAIRN_NATS_PASSWORD: own.nats.password,
    }),
  };
};
