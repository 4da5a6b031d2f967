import { randomBytes } from 'node:crypto';

export type NatsCredentials = Readonly<{ user: string; password: string }>;

/** New for every start: nothing but our own processes ever needs them. */
export const newCredentials = (): NatsCredentials => ({
  user: 'cairn',
  password: randomBytes(24).toString('base64url'),
});

const LOG_BYTES = 10 * 1024 * 1024;

/** Since 2.10 a message can be on disk before it is acknowledged. */
const canSyncAlways = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 10);
};

/**
 * nats-server's configuration: loopback only, one user. `max_file_store` is far above what a disk holds, since the server
 * counts the streams' ceilings as if they were filled; how full the disk is, is watched by the runner.
 */
export const natsConfig = (options: {
  port: number;
  credentials: NatsCredentials;
  storeDirectory: string;
  logFile: string;
  version: string;
}): string =>
  [
    `listen: "127.0.0.1:${options.port}"`,
    'server_name: cairn',
    `log_file: ${JSON.stringify(options.logFile)}`,
    `logfile_size_limit: ${LOG_BYTES}`,
    `authorization { user: ${options.credentials.user}, password: ${JSON.stringify(options.credentials.password)} }`,
    'jetstream {',
    `  store_dir: ${JSON.stringify(options.storeDirectory)}`,
    '  max_memory_store: 64MB',
    '  max_file_store: 16TB',
    ...(canSyncAlways(options.version) ? ['  sync_interval: always'] : []),
    '}',
    '',
  ].join('\n');
