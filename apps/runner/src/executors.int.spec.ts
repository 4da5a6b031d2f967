import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '#config';
import { Executors } from './executors.js';
import { RunnerConfig } from './runner.config.js';

describe('the executors of a runner', () => {
  let directory: string;
  let socket: string;
  let engine: Server;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-executors-'));
    socket = join(directory, 'docker.sock');
    engine = createServer((_, response) => response.setHeader('api-version', '1.41').end('OK')).listen(socket);
    await once(engine, 'listening');
  });
  afterEach(async () => {
    engine.close();
    await rm(directory, { recursive: true, force: true });
  });
  const executors = (): Executors => {
    const environment = { CAIRN_DATA_DIR: directory, CAIRN_EXECUTOR: 'docker', DOCKER_HOST: `unix://${socket}` };
    return new Executors(loadConfig(RunnerConfig, environment), directory, 'test');
  };

  it('begin no job at an engine that has just gone, although it answered a moment ago', async () => {
    const choices = executors();
    expect(choices.choose('octo/app', 'busybox', await choices.look())).toEqual({ use: 'docker' });
    expect(await choices.note()).toBeUndefined();
    engine.close();
    await once(engine, 'close');
    const waits = { wait: expect.stringMatching(/^Docker does not answer at unix:/) as string };
    expect(choices.choose('octo/app', 'busybox', await choices.look())).toEqual(waits);
    expect(await choices.note()).toMatch(/^Docker does not answer/);
  });
});
