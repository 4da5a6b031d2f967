import { request } from 'node:http';

/** Docker Engine 20.10. */
const OLDEST_API = [1, 41] as const;
const PING_TIMEOUT_MS = 3000;

export type DockerAddress = Readonly<{ text: string }> &
  (Readonly<{ socketPath: string }> | Readonly<{ protocol: 'http'; host: string; port: number }>);

/** From `DOCKER_HOST`: `unix:///path` or `tcp://host:port`; undefined when it is neither. */
export const parseDockerHost = (text = 'unix:///var/run/docker.sock'): DockerAddress | undefined => {
  const socketPath = /^unix:\/\/(\/.+)$/.exec(text)?.[1];
  if (socketPath) return { text, socketPath };
  const [, host, port = '2375'] = /^(?:tcp|http):\/\/(\[[0-9a-fA-F:]+\]|[^:/]+)(?::(\d{1,5}))?\/?$/.exec(text) ?? [];
  return host ? { text, protocol: 'http', host: host.replace(/^\[|\]$/g, ''), port: Number(port) } : undefined;
};

/**
 * Asks the engine whether it is there: undefined, or the reason why it is of no use, in one line. Speaks plain HTTP, so
 * that an idle runner need not load the client (20 MB).
 */
export const pingDocker = (address: DockerAddress): Promise<string | undefined> =>
  new Promise((resolve) => {
    const fail = (detail: string): void => resolve(`Docker does not answer at ${address.text}: ${detail}`);
    const target =
      'socketPath' in address ? { socketPath: address.socketPath } : { host: address.host, port: address.port };
    const ping = request({ ...target, path: '/_ping', timeout: PING_TIMEOUT_MS, agent: false }, (response) => {
      response.resume();
      const version = String(response.headers['api-version'] ?? '');
      const [major = 0, minor = 0] = version.split('.').map(Number);
      if (response.statusCode !== 200) fail(`status ${response.statusCode ?? 'unknown'}`);
      else if (major < OLDEST_API[0] || (major === OLDEST_API[0] && minor < OLDEST_API[1]))
        resolve(`Docker at ${address.text} is too old: API ${version || 'unknown'}, Engine 20.10 (API 1.41) is needed`);
      else resolve(undefined);
    });
    ping.on('timeout', () => {
      fail(`no answer in ${PING_TIMEOUT_MS} ms`);
      ping.destroy();
    });
    ping.on('error', (error) => fail(error.message));
    ping.end();
  });
