import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { sha256 } from '#events';
import { RELEASE, fetchRelease, platformName, type Release } from './official-release.js';

describe('the official release', () => {
  let directory: string;
  let target: string;
  let server: Server | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-release-'));
    target = join(directory, 'tools/nats-server');
  });
  afterEach(async () => {
    server?.closeAllConnections();
    server?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const archiveOf = async (name: string): Promise<Buffer> => {
    const tar = pack();
    tar.entry({ name: `${name}/README.md` }, 'read me');
    tar.entry({ name: `${name}/nats-server`, mode: 0o755 }, '#!/bin/sh\necho "nats-server: v9.9.9"\n');
    tar.entry({ name: '../../outside' }, 'not this');
    tar.finalize();
    return gzipSync(await buffer(tar));
  };
  const serve = async (answer: RequestListener): Promise<string> => {
    server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const release = (from: string, hash: string): Release => ({
    version: '9.9.9',
    from,
    sha256: { 'linux-amd64': hash },
  });

  it('is taken when its hash is the pinned one, and nothing else of it', async () => {
    const archive = await archiveOf('nats-server-v9.9.9-linux-amd64');
    const asked: unknown[] = [];
    const from = await serve((request, response) => {
      asked.push(request.url);
      response.end(archive);
    });
    expect(await fetchRelease(target, release(from, sha256(archive)), 5_000, 'linux-amd64')).toBe(true);
    expect(asked).toEqual(['/v9.9.9/nats-server-v9.9.9-linux-amd64.tar.gz']);
    expect((await stat(target)).mode & 0o777).toBe(0o755);
    expect(await readdir(directory)).toEqual(['tools']);
    expect(await readdir(join(directory, 'tools'))).toEqual(['nats-server']);
  });

  it.each<[string, RequestListener]>([
    ['is another than was pinned', (_, response) => void response.end('something else')],
    ['is not there', (_, response) => void response.writeHead(404).end()],
    ['never comes', () => undefined],
    ['breaks off', (_, response) => void response.writeHead(200).write('x', () => response.destroy())],
  ])('is refused when it %s, and leaves nothing', async (_, answer) => {
    const from = await serve(answer);
    expect(await fetchRelease(target, release(from, '0'.repeat(64)), 300, 'linux-amd64')).toBe(false);
    expect(await readdir(join(directory, 'tools'))).toEqual([]);
  });

  it('is known for the platforms that it is pinned for', () => {
    expect(platformName('linux', 'x64')).toBe('linux-amd64');
    expect(platformName('darwin', 'arm64')).toBe('darwin-arm64');
    expect(platformName('win32', 'x64')).toBeUndefined();
    for (const hash of Object.values(RELEASE.sha256)) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });
});
