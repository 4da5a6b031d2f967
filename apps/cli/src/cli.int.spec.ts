import 'reflect-metadata';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from './cli.js';

const TOKEN = 'the-admin-token-of-the-test';

/** The REST API as the viewer's contract has it, for one repository; a wish is decided when it is asked for twice. */
const api = (): Server => {
  const asked = new Map<string, number>();
  return createServer((request, response) => {
    const answer = (status: number, body: unknown): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const { method, url = '' } = request;
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return answer(401, { title: 'Unauthorized', status: 401, detail: 'the bearer token is not the admin token' });
    if (method === 'GET' && url === '/api/repos')
      return answer(200, { items: [{ id: 'gh-1', name: 'octo/cat', enabled: true, builds: 3 }], next: null });
    if (method === 'POST' && url === '/api/repos') {
      request
        .setEncoding('utf8')
        .once('data', (body: string) => answer(202, { id: (JSON.parse(body) as { repo: string }).repo }));
      return undefined;
    }
    if (method === 'DELETE' && url === '/api/repos/octo%2Fcat') return answer(202, { id: 'disable' });
    if (method === 'GET' && url.startsWith('/api/requests/')) {
      const id = decodeURIComponent(url.slice('/api/requests/'.length));
      asked.set(id, (asked.get(id) ?? 0) + 1);
      if (asked.get(id) === 1) return answer(200, { id, status: 'pending', detail: null });
      if (id === 'octo/gone') return answer(200, { id, status: 'refused', detail: 'GitHub knows no octo/gone' });
      return answer(200, { id, status: 'accepted', detail: null });
    }
    return answer(404, { title: 'Not Found', status: 404, detail: 'no such thing' });
  });
};

describe('cairn', () => {
  let server: Server;
  let directory: string;
  let environment: Record<string, string>;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-cli-'));
    await writeFile(join(directory, 'admin-token'), `${TOKEN}\n`);
    server = api().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    environment = { CAIRN_URL: `http://127.0.0.1:${port}/`, CAIRN_DATA_DIR: directory };
  });
  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    await rm(directory, { recursive: true, force: true });
  });

  const cairn = async (...args: string[]) => {
    const said = { out: '', err: '' };
    const output = { out: (text: string) => void (said.out += text), err: (text: string) => void (said.err += text) };
    const code = await runCli(args, { directory, environment, input: process.stdin, output });
    return { code, ...said };
  };

  it('signs in with the token that a standalone keeps here', async () =>
    expect(await cairn('repo', 'list')).toEqual({
      code: 0,
      out: 'REPOSITORY  ID    ENABLED  BUILDS\nocto/cat    gh-1  yes      3\n',
      err: '',
    }));

  it('prefers the token that is set, and tells a problem in one line', async () => {
    environment['CAIRN_ADMIN_TOKEN'] = 'another';
    const err = 'cairn: the bearer token is not the admin token (401)\n';
    expect(await cairn('repo', 'list')).toEqual({ code: 1, out: '', err });
  });

  it('waits until a wish is decided', async () => {
    expect(await cairn('repo', 'add', 'octo/cat')).toEqual({ code: 0, out: 'octo/cat may build\n', err: '' });
    expect(await cairn('repo', 'disable', 'octo/cat')).toMatchObject({ code: 0 });
  });

  it('fails when it is refused', async () => {
    const err = 'cairn: GitHub knows no octo/gone\n';
    expect(await cairn('repo', 'add', 'octo/gone')).toEqual({ code: 1, out: '', err });
  });

  it('answers programs with JSON', async () =>
    expect(JSON.parse((await cairn('--json', 'repo', 'list')).out)).toMatchObject([{ name: 'octo/cat' }]));

  it('says when nothing answers', async () => {
    environment['CAIRN_URL'] = 'http://127.0.0.1:9';
    expect(await cairn('build', 'list')).toMatchObject({ code: 1, err: expect.stringContaining('is it running?') });
  });

  it.each([[['frobnicate']], [['repo', 'add']], [['repo', 'add', '../etc']], [['repo', 'list', '--fast']]])(
    'calls %j wrong use',
    async (args) => expect(await cairn(...args)).toMatchObject({ code: 2, out: '' }),
  );

  it.each([[[]], [['--help']], [['help']]])('helps with %j', async (args) => {
    const { code, out } = await cairn(...args);
    expect(code).toBe(0);
    expect(out).toContain('repo add <owner/name>');
  });
});
