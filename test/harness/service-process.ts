import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type ServiceProcess = Readonly<{
  name: string;
  pid: () => number;
  kill(signal?: NodeJS.Signals): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  start(): Promise<void>;
  restart(): Promise<void>;
}>;

const ROOT = join(import.meta.dirname, '../..');

/** One service as a process of its own, from the built program; what it prints goes to `<directory>/<name>.log`. */
export const serviceProcess = (
  name: string,
  app: string,
  directory: string,
  environment: Readonly<Record<string, string>>,
): ServiceProcess => {
  let child: ChildProcess | undefined;
  const log = join(directory, `${name}.log`);
  const start = async (): Promise<void> => {
    const started = spawn(process.execPath, [join(ROOT, `dist/apps/${app}/src/main.js`)], {
      env: { PATH: process.env['PATH'] ?? '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    const out = createWriteStream(log, { flags: 'a' });
    started.stderr.pipe(out, { end: false });
    started.stdout.pipe(out, { end: false });
    const ready = new Promise<void>((resolve, reject) => {
      createInterface({ input: started.stdout }).on('line', (line) => line === `${app}: ready` && resolve());
      started.once('exit', (code) => reject(new Error(`${name} ended with ${code}; see ${log}`)));
    });
    await ready;
  };
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    const running = child;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill(signal);
    await ended;
  };
  return {
    name,
    pid: () => child?.pid ?? 0,
    kill,
    signal: (signal) => void child?.kill(signal),
    start,
    restart: async () => {
      await kill();
      await start();
    },
  };
};
