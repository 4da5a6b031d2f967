import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseDockerHost, pingDocker, type DockerAddress } from './docker-address.js';

describe('parseDockerHost', () => {
  it.each([
    [undefined, { socketPath: '/var/run/docker.sock' }],
    ['unix:///run/user/1000/docker.sock', { socketPath: '/run/user/1000/docker.sock' }],
    ['tcp://127.0.0.1:2375', { protocol: 'http', host: '127.0.0.1', port: 2375 }],
    ['tcp://engine', { protocol: 'http', host: 'engine', port: 2375 }],
    ['tcp://[::1]:99', { protocol: 'http', host: '::1', port: 99 }],
  ])('reads %s', (text, address) => {
    expect(parseDockerHost(text)).toMatchObject(address);
  });

  it.each(['ssh://me@there', 'unix://', 'docker.sock', 'tcp://', 'tcp://a:b'])('does not read %s', (text) => {
    expect(parseDockerHost(text)).toBeUndefined();
  });
});

describe('pingDocker', () => {
  let server: Server;
  let version = '1.41';
  let status = 200;
  beforeAll(
    () =>
      new Promise<void>((resolve) => {
        server = createServer((_, response) => response.writeHead(status, { 'api-version': version }).end('OK'));
        server.listen(0, '127.0.0.1', resolve);
      }),
  );
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  const address = () => parseDockerHost(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`) as DockerAddress;

  it.each([
    ['1.41', 200, undefined],
    ['1.51', 200, undefined],
    ['2.0', 200, undefined],
    ['1.40', 200, expect.stringContaining('too old: API 1.40')],
    ['', 200, expect.stringContaining('too old: API unknown')],
    ['1.41', 503, expect.stringContaining('status 503')],
  ])('API %s, status %d', async (api, code, reason) => {
    [version, status] = [api, code];
    expect(await pingDocker(address())).toEqual(reason);
  });
});
