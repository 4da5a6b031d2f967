import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { NatsServerFailed } from '#errors';

const READY_MS = 60_000; // a large store takes its time to be read
const STOP_MS = 10_000;

export const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Whether a NATS server greets at the port. */
const greets = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (data) => {
      resolve(data.subarray(0, 5).toString() === 'INFO ');
      socket.destroy();
    });
    socket.once('error', () => resolve(false)).once('close', () => resolve(false));
  });

/** Where the kernel can do it, the server ends when we do, even by SIGKILL; elsewhere the next start ends it. */
const deathWish = async (): Promise<string[]> => {
  const wish = ['setpriv', '--pdeathsig', 'TERM'];
  const known = await promisify(execFile)('setpriv', ['--pdeathsig', 'TERM', 'true'])
    .then(() => true)
    .catch(() => false);
  return known ? wish : [];
};

/** The server's own last complaint. */
const lastWords = async (logFile: string): Promise<string> => {
  const lines = (await readFile(logFile, 'utf8').catch(() => '')).trim().split('\n');
  return (lines.findLast((line) => line.includes('[FTL]')) ?? lines.at(-1) ?? '').replace(/^.*\[(FTL|ERR)\] /, '');
};

/** Starts the server and waits until it greets. @throws NatsServerFailed */
export const startProcess = async (options: {
  binary: string;
  configFile: string;
  pidFile: string;
  logFile: string;
  port: number;
}): Promise<ChildProcess> => {
  const [program = options.binary, ...args] = [...(await deathWish()), options.binary, '-c', options.configFile];
  // In a process group of its own: a Ctrl-C is for us, and the server ends after the services.
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  let failure: Error | undefined;
  child.on('error', (error) => (failure = error));
  if (child.pid !== undefined) await writeFile(options.pidFile, String(child.pid));
  for (const end = Date.now() + READY_MS; !(await greets(options.port)); await pause(5)) {
    if (failure) throw new NatsServerFailed(options.binary, { cause: failure });
    if (hasEnded(child)) throw new NatsServerFailed(await lastWords(options.logFile));
    if (Date.now() > end) {
      child.kill('SIGKILL');
      throw new NatsServerFailed(`it does not answer within ${READY_MS / 1000} s; ${options.logFile} says more`);
    }
  }
  return child;
};

export const stopProcess = async (child: ChildProcess): Promise<void> => {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(limit);
};
