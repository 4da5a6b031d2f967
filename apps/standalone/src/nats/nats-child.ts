import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '#errors';
import { endLeftOver } from './left-over.js';
import type { NatsBinary } from './nats-binary.js';
import { natsConfig, newCredentials, type NatsCredentials } from './nats-config.js';
import { startProcess, stopProcess } from './nats-process.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export type NatsChild = NatsCredentials &
  Readonly<{
    url: string;
    version: string;
    pid: () => number | undefined;
    stop(): Promise<void>;
  }>;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** Where a server's files are below its directory: by them a left one is known. */
export const natsFiles = (directory: string) => ({
  configFile: join(directory, 'nats.conf'),
  pidFile: join(directory, 'nats.pid'),
});

/**
 * Our own nats-server on a free port of loopback, with JetStream's files below `directory`. When it dies it is started
 * again on the same port, and `say` hears of it. @throws NatsServerFailed
 */
export const startNatsChild = async (options: {
  binary: NatsBinary;
  directory: string;
  logFile: string;
  say: (line: string) => void;
}): Promise<NatsChild> => {
  const { binary, directory, logFile, say } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files = { ...natsFiles(directory), logFile };
  await endLeftOver(files.pidFile, files.configFile);
  const [port, credentials] = [await freePort(), newCredentials()];
  const config = { port, credentials, storeDirectory: join(directory, 'store'), logFile, version: binary.version };
  await rm(files.configFile, { force: true }); // the mode counts only for a new file
  await writeFile(files.configFile, natsConfig(config), { mode: 0o600 });

  const start = (): Promise<ChildProcess> => startProcess({ binary: binary.file, port, ...files });
  let stopping = false;
  let child = await start();
  const stopped = new AbortController();

  const revive = async (): Promise<void> => {
    let wait = FIRST_PAUSE_MS;
    while (!stopping) {
      await pause(wait, undefined, { signal: stopped.signal }).catch(() => undefined);
      if (stopping) return;
      wait = Math.min(wait * 2, LONGEST_PAUSE_MS);
      try {
        child = await start();
        if (stopping) await stopProcess(child);
        else watch();
        return;
      } catch (error) {
        say(messageOf(error));
      }
    }
  };
  let reviving: Promise<void> = Promise.resolve();
  const watch = (): void => {
    child.once('exit', (code, signal) => {
      if (stopping) return;
      say(`nats-server ended (${signal ?? `exit code ${code}`}); starting it again`);
      reviving = revive();
    });
  };
  watch();
  const endWithUs = (): void => void child.kill('SIGTERM'); // a process that exits without a stop
  process.once('exit', endWithUs);
  return {
    ...credentials,
    url: `nats://127.0.0.1:${port}`,
    version: binary.version,
    pid: () => child.pid,
    stop: async () => {
      stopping = true;
      process.off('exit', endWithUs);
      stopped.abort();
      await reviving;
      await stopProcess(child);
      await rm(files.pidFile, { force: true });
    },
  };
};
