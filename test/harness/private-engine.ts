import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '#testing';

const run = promisify(execFile);

const READY_MS = 60_000;
/** After a SIGKILL dockerd 20.10 may fall over what it finds; whoever looks after services starts it again. */
const TRIES = 5;

export type PrivateEngine = Readonly<{
  /** For `DOCKER_HOST`. */
  host: string;
  /** What the command line prints, in lines. */
  docker(...args: readonly string[]): Promise<string[]>;
  /** SIGTERM as by who upgrades it, SIGKILL as by the kernel. Settles when it is gone. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** `liveRestore`: containers outlive the next end of the engine; else it ends them. */
  start(liveRestore: boolean): Promise<void>;
  stop(): Promise<void>;
}>;

const isOver = (child: ChildProcess | undefined): boolean =>
  !child || child.exitCode !== null || child.signalCode !== null;

const end = async (child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> => {
  if (!child || isOver(child)) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
};

/**
 * A Docker Engine of the test's own, to be killed at will: beside the machine's, with data, sockets and a network of its own.
 * The network outlives the engine, as a machine's does. Needs root.
 */
export const startPrivateEngine = async (): Promise<PrivateEngine> => {
  const directory = await mkdtemp(join(tmpdir(), 'cairn-engine-'));
  const host = `unix://${join(directory, 'socket')}`;
  const log = join(directory, 'log');
  const output = openSync(log, 'a');
  const network = spawn('unshare', [
    '--net',
    'sh',
    '-c',
    '/bin/busybox ip link set lo up; echo up; exec sleep infinity',
  ]);
  await once(network.stdout, 'data');
  let engine: ChildProcess | undefined;

  const docker = async (...args: readonly string[]): Promise<string[]> => {
    const { stdout } = await run('docker', ['-H', host, ...args]);
    return stdout.split('\n').filter(Boolean);
  };
  const start = async (liveRestore: boolean): Promise<void> => {
    const folders = { 'data-root': 'data', 'exec-root': 'exec', pidfile: 'pid' };
    const places = Object.entries(folders).map(([option, name]) => `--${option}=${join(directory, name)}`);
    const args = [...places, `--host=${host}`, `--live-restore=${String(liveRestore)}`];
    const net = `--net=/proc/${network.pid ?? 0}/ns/net`;
    for (let tries = 1; ; tries += 1) {
      const started = spawn('nsenter', [net, 'dockerd', ...args], { stdio: ['ignore', output, output] });
      engine = started;
      const answer = await eventually(
        async () => (isOver(started) ? undefined : docker('version')),
        () => true,
        READY_MS,
      );
      if (answer) return;
      if (tries === TRIES) throw new Error(`dockerd ended: ${(await readFile(log, 'utf8')).slice(-2000)}`);
    }
  };
  const stop = async (): Promise<void> => {
    if (isOver(engine)) await start(false).catch(() => undefined);
    const left = await docker('ps', '-aq').catch(() => []);
    if (left.length > 0) await docker('rm', '-f', '-v', ...left).catch(() => undefined);
    await end(engine, 'SIGTERM');
    await end(network, 'SIGKILL');
    const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
    for (const mount of mounts.filter((path) => path.startsWith(directory)).reverse())
      await run('umount', ['-l', mount]);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await start(false);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host, docker, start, stop, kill: (signal) => end(engine, signal) };
};
