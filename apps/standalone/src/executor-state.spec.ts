import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { parseDockerHost } from '../../runner/src/executor/index.js';
import { executorState } from './executor-state.js';
import type { Settings } from './service-settings.js';

type Setting = Settings['runner']['CAIRN_EXECUTOR'];

/** Where the sample is built, in words, on an engine of which nothing is known but its address. */
const placeOf = async (setting: Setting, dockerHost: string, fallback?: string): Promise<string | undefined> => {
  const settings = { CAIRN_EXECUTOR: setting, CAIRN_DEFAULT_IMAGE: fallback } as Settings['runner'];
  const { placeForSample } = await executorState(settings, parseDockerHost(dockerHost)!);
  return (await placeForSample?.(() => undefined))?.text;
};

describe('the place of the sample', () => {
  const engine = createServer((request, response) => {
    response.setHeader('api-version', '1.41');
    response.statusCode = request.url?.includes('/images/create') ? 500 : 200;
    response.end(request.url === '/_ping' ? 'OK' : request.url?.includes('/images/json') ? '[]' : '{}');
  });
  let address: string;
  beforeAll(async () => {
    await once(engine.listen(0, '127.0.0.1'), 'listening');
    address = `tcp://127.0.0.1:${(engine.address() as AddressInfo).port}`;
  });
  afterAll(() => engine.close());

  it('is the host because the setting says so, whatever images there are', async () =>
    expect(await placeOf('host', address)).toBe('on the host: CAIRN_EXECUTOR says so'));

  it('is the host because no image is to be had', async () =>
    expect(await placeOf('auto', address)).toBe('on the host: no image is here, and none could be pulled'));

  it('is the host because Docker does not answer', async () =>
    expect(await placeOf('auto', 'unix:///nowhere/docker.sock')).toBe('on the host: Docker does not answer'));

  it('is none while Docker must answer and does not', async () =>
    expect(await placeOf('docker', 'unix:///nowhere/docker.sock')).toBeUndefined());

  it('is the image of jobs that name none, where no other is to be had', async () =>
    expect(await placeOf('auto', address, 'busybox:local')).toBe('in busybox:local'));

  it('is nowhere when no image is to be had and the setting keeps it from the host', () =>
    expect(placeOf('docker', address)).rejects.toThrow(/no image is here.*CAIRN_EXECUTOR=docker/));
});
