import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A port that was free a moment ago, on loopback. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

export type TestNats = Readonly<{
  url: string;
  /** All that it keeps is below. */
  directory: string;
  port: number;
  pid: () => number;
  /** SIGKILL, as after the loss of a machine; `restart` starts it on the same data. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}>;

/**
 * A real nats-server with JetStream on a free port, with a directory of its own; `config` is added to its file. It counts
 * ceilings as if they were filled: how large a disk is must not decide whether streams can be made.
 */
export const startNats = async (config = ''): Promise<TestNats> => {
  const directory = await mkdtemp(join(tmpdir(), 'cairn-nats-'));
  const port = await freePort();
  const file = join(directory, 'nats.conf');
  await writeFile(
    file,
    `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${join(directory, 'data')}", max_file_store: 16TB }\n${config}\n`,
  );
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    server = spawn('nats-server', ['-c', file], { stdio: 'ignore', detached: false });
    while (!(await answers(port))) {
      if (server.exitCode !== null) throw new Error(`nats-server ended with ${server.exitCode}`);
      await pause(10);
    }
  };
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    directory,
    port,
    pid: () => server.pid ?? 0,
    kill: () => kill('SIGKILL'),
    restart: start,
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    stop: async () => {
      await kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
};
