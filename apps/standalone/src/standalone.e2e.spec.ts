import 'reflect-metadata';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirectoryInUse, InvalidSettings, PortInUse } from '#errors';
import { startStandalone, type Standalone } from './standalone.js';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the standalone', () => {
  let directory: string;
  let lines: string[];
  let complaints: string[];
  let running: Standalone | undefined;
  const environment = (more: Record<string, string> = {}) => ({
    PATH: process.env['PATH'],
    CAIRN_DATA_DIR: directory,
    CAIRN_HTTP_PORT: '0',
    CAIRN_WEBHOOK_PORT: '0',
    CAIRN_EXECUTOR: 'host',
    ...more,
  });
  const start = async (more?: Record<string, string>): Promise<Standalone> => {
    [lines, complaints] = [[], []];
    const output = { say: (line: string) => lines.push(line), complain: (line: string) => complaints.push(line) };
    running = await startStandalone(environment(more), {
      say: (line) => void output.say(line),
      complain: (line) => void output.complain(line),
    });
    return running;
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-standalone-'));
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    await rm(directory, { recursive: true, force: true });
  });

  it('builds the sample on the first run, ends with what people need, and goes on where it stopped', async () => {
    const first = await start();
    expect(lines.find((line) => line.startsWith('sample:'))).toMatch(/^sample: build #1 passed in \d+\.\d s http:/);
    expect(lines.slice(-5).map((line) => line.split(':')[0])).toEqual(['sample', 'log in', 'webhook', 'next', 'stop']);
    expect(lines.find((line) => line.startsWith('log in'))).toBe(`log in: ${first.urls.login}`);
    const server = Number(await readFile(join(directory, 'nats/nats.pid'), 'utf8'));
    expect(isAlive(server)).toBe(true);
    await first.stop();
    expect(isAlive(server)).toBe(false);

    const second = await start();
    expect(second.adminToken).toBe(first.adminToken);
    expect(lines.find((line) => line.startsWith('sample:'))).toMatch(/build #1 passed .*npx cairn build run/);
    expect(complaints).toEqual([]);
  });

  it('keeps its directory to itself', async () => {
    await start({ CAIRN_SAMPLE: 'false' });
    const output = { say: () => undefined, complain: () => undefined };
    await expect(startStandalone(environment(), output)).rejects.toThrow(DataDirectoryInUse);
  });

  it('starts nothing when a port is taken, and names the setting', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = String((other.address() as AddressInfo).port);
    await expect(start({ CAIRN_WEBHOOK_PORT: port })).rejects.toThrow(PortInUse);
    await expect(start({ CAIRN_WEBHOOK_PORT: port })).rejects.toThrow('CAIRN_WEBHOOK_PORT');
    other.close();
    await expect(readFile(join(directory, 'nats/nats.pid'))).rejects.toThrow('ENOENT');
  });

  it('writes nothing when settings are wrong', async () => {
    await expect(start({ CAIRN_EXECUTOR: 'x', CAIRN_DATA_DIR: join(directory, 'new') })).rejects.toThrow(
      InvalidSettings,
    );
    await expect(readFile(join(directory, 'new/lock'))).rejects.toThrow('ENOENT');
  });

  it('ends all that it has begun when it is told to stop meanwhile', async () => {
    const stop = new AbortController();
    const say = (line: string): void => {
      if (line.startsWith('building the sample')) stop.abort();
    };
    const starting = startStandalone(environment(), { say, complain: () => undefined }, stop.signal);
    await expect(starting).rejects.toThrow();
    await expect(readFile(join(directory, 'nats/nats.pid'))).rejects.toThrow('ENOENT');
    await start({ CAIRN_SAMPLE: 'false' });
  });
});
