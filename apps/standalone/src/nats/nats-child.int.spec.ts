import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectToNats } from '#jetstream';
import { eventually } from '#testing';
import { endLeftOver } from './left-over.js';
import { withServerFolders } from './find-program.js';
import { findNatsServer } from './nats-binary.js';
import { startNatsChild, type NatsChild } from './nats-child.js';

const isAlive = (pid: number | undefined): boolean => {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('our nats-server', () => {
  let directory: string;
  let child: NatsChild;
  const said: string[] = [];
  const start = async (): Promise<NatsChild> => {
    const binary = await findNatsServer(withServerFolders('/usr/local/bin'), directory, () => undefined);
    const logFile = join(directory, 'log');
    return startNatsChild({ binary, directory, logFile, say: (line) => said.push(line) });
  };
  beforeEach(async () => {
    said.length = 0;
    directory = await mkdtemp(join(tmpdir(), 'cairn-child-'));
    child = await start();
  });
  afterEach(async () => {
    await child.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('lets only us in, and its configuration be read by nobody else', async () => {
    const nc = await connectToNats({ ...child, name: 'test' });
    await nc.close();
    const stranger = { url: child.url, user: child.user, password: 'a guess', name: 'test' };
    await expect(connectToNats(stranger)).rejects.toThrow(/authorization/i);
    expect((await stat(join(directory, 'nats.conf'))).mode & 0o777).toBe(0o600);
  });

  it('comes back on the same port when it was killed, and says so', async () => {
    const nc = await connectToNats({ ...child, name: 'test' });
    const first = child.pid();
    process.kill(first ?? 0, 'SIGKILL');
    await eventually(
      () => child.pid(),
      (pid) => pid !== first && isAlive(pid),
    );
    await eventually(
      () => nc.rtt(),
      (milliseconds) => milliseconds >= 0,
    );
    expect(said).toEqual(['nats-server ended (SIGKILL); starting it again']);
    await nc.close();
  });

  it('is gone after a stop, and does not come back', async () => {
    const pid = child.pid();
    await child.stop();
    expect(isAlive(pid)).toBe(false);
    expect(said).toEqual([]);
  });

  it('is ended by the next start when it was left behind', async () => {
    const left = child.pid();
    const next = await start(); // as after a kill -9 of the process that started the first
    expect(isAlive(left)).toBe(false);
    await next.stop();
  });

  it('is never taken for another process that has its number now', async () => {
    const other = spawn('sleep', ['60']);
    await once(other, 'spawn');
    const pidFile = join(directory, 'other.pid');
    await writeFile(pidFile, String(other.pid));
    await endLeftOver(pidFile, join(directory, 'nats.conf'));
    expect(isAlive(other.pid)).toBe(true);
    other.kill();
    await expect(readFile(pidFile)).rejects.toThrow('ENOENT');
  });
});
