import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { subjects, type RepoSnapshot } from '#events';
import { eventually } from '#testing';
import { Harness, TOKEN } from '../../testing/test-harness.js';
import { SHA } from '../../testing/test-world.js';

describe('access', () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.start();
  });
  afterEach(() => harness.closeClients());
  afterAll(() => harness.stop());

  describe('access', () => {
    const bearer = { authorization: `Bearer ${TOKEN}` };
    const raw = (
      headers: Record<string, string>,
      path = '/api/builds',
      method = 'GET',
      at = harness.viewer,
    ): Promise<number> =>
      new Promise((resolve, reject) => {
        const call = httpRequest(at.url + path, { method, headers }, (answer) => {
          answer.resume();
          answer.on('end', () => resolve(answer.statusCode ?? 0));
        });
        call.on('error', reject);
        call.end();
      });

    it('lets this machine read, and nobody change without the token', async () => {
      expect((await harness.get('/api/builds')).status).toBe(200);
      expect((await harness.send('POST', '/api/repos', { repo: 'ann/app' })).status).toBe(401);
      expect(
        (await harness.send('POST', '/api/repos', { repo: 'ann/app' }, { authorization: 'Bearer no' })).status,
      ).toBe(401);
      const accepted = await harness.send('POST', '/api/repos', { repo: 'ann/app' }, bearer);
      expect(accepted.status).toBe(202);
      const jsm = await jetstreamManager(harness.nc);
      const message = await jsm.streams.getMessage('REQUESTS', { last_by_subj: 'requests.enable' });
      const { id } = accepted.body;
      expect(message?.json()).toMatchObject({ id, kind: 'enable', repo: 'ann/app', actor: { kind: 'token' } });
      expect(message?.header.get('Nats-Msg-Id')).toBe(id);
    });

    it('passes on what people ask of a build', async () => {
      const repo: RepoSnapshot = {
        ...{ repoId: 'gh-3', repo: 'Ann/Three', enabled: true, defaultBranch: 'main', counter: 0, open: [], seen: [] },
      };
      await harness.world.say(subjects.repo('gh-3'), 'RepoEnabled', { repo });
      const id = await harness.world.build();
      await eventually(
        () => harness.get(`/api/builds/${id}`),
        ({ status }) => status === 200,
      );
      const ask = async (action: string, body?: unknown): Promise<number> =>
        (await harness.send('POST', `/api/builds/${id}/${action}`, body, bearer)).status;
      expect(await ask('cancel')).toBe(202);
      expect(await ask('rerun')).toBe(202);
      expect(await ask('approve', { sha: SHA })).toBe(202);
      expect(await ask('approve', { sha: 'main' })).toBe(400);
      expect(await ask('approve')).toBe(400);
      expect(await ask('explode')).toBe(404);
      expect((await harness.send('POST', '/api/builds/00000000a0123456789ab/cancel', undefined, bearer)).status).toBe(
        404,
      );
      for (const repo of ['no-slash', '../etc/passwd', 'a/b/c', 7])
        expect((await harness.send('POST', '/api/repos', { repo }, bearer)).status).toBe(400);
      expect((await harness.send('POST', '/api/repos/gh-3/builds', { ref: '--upload-pack=x' }, bearer)).status).toBe(
        400,
      );
      expect((await harness.send('POST', '/api/repos/Ann%2FThree/builds', { ref: 'main' }, bearer)).status).toBe(202);
      const run = async (inputs: unknown): Promise<number> =>
        (await harness.send('POST', '/api/repos/gh-3/builds', { inputs }, bearer)).status;
      for (const inputs of [[], 'x', null, { a: {} }, { a: null }]) expect(await run(inputs)).toBe(400);
      expect(await run({ target: 'production', dry: true, times: 3 })).toBe(202);
      const jsm = await jetstreamManager(harness.nc);
      expect((await jsm.streams.getMessage('REQUESTS', { last_by_subj: 'requests.run' }))?.json()).toMatchObject({
        inputs: { target: 'production', dry: 'true', times: '3' },
      });
      expect((await harness.send('DELETE', '/api/repos/gh-3', undefined, bearer)).status).toBe(202);
      expect((await harness.send('DELETE', '/api/repos/gh-404', undefined, bearer)).status).toBe(404);
      expect((await harness.send('POST', '/api/repos', { repo: 'x'.repeat(20_000) }, bearer)).status).toBe(413);
    });

    it('makes sessions by token and by link, and wants the CSRF token of pages', async () => {
      expect((await harness.get('/api/session')).body).toMatchObject({ admin: false, csrf: null });
      expect((await harness.send('POST', '/api/session', { token: 'wrong' })).status).toBe(401);
      const signedIn = await harness.send('POST', '/api/session', { token: TOKEN });
      expect(signedIn.status).toBe(204);
      const set = signedIn.headers.get('set-cookie') ?? '';
      expect(set).toMatch(/HttpOnly/);
      expect(set).toMatch(/SameSite=Strict/);
      expect(set).not.toMatch(/Secure/);
      const link = await harness.get(`/login?token=${encodeURIComponent(TOKEN)}`);
      expect([link.status, link.headers.get('location'), link.headers.get('referrer-policy')]).toEqual([
        303,
        '/',
        'no-referrer',
      ]);
      expect((await harness.get('/login?token=wrong')).status).toBe(401);
      expect((await harness.get('/login')).status).toBe(200);
      const cookie = { cookie: (link.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
      const session = (await harness.get<{ admin: boolean; csrf: string }>('/api/session', cookie)).body;
      expect(session.admin).toBe(true);
      const change = (headers: Record<string, string>) =>
        harness.send('POST', '/api/repos', { repo: 'ann/app' }, headers);
      expect((await change(cookie)).status).toBe(403);
      expect((await change({ ...cookie, 'x-csrf-token': 'x' })).status).toBe(403);
      expect((await change({ ...cookie, 'x-csrf-token': session.csrf })).status).toBe(202);
      expect((await change({ cookie: cookie.cookie.replace('=1', '=2'), 'x-csrf-token': session.csrf })).status).toBe(
        401,
      );
      expect(
        (await harness.send('DELETE', '/api/session', undefined, { ...cookie, 'x-csrf-token': session.csrf })).status,
      ).toBe(204);
    });

    it('knows its names and refuses other sites', async () => {
      const { port } = new URL(harness.viewer.url);
      expect(await raw({ host: `localhost:${port}` })).toBe(200);
      expect(await raw({ host: `evil.example:${port}` })).toBe(421);
      expect(await raw({ host: '127.0.0.1' })).toBe(421);
      expect(await raw({ origin: 'https://evil.example' })).toBe(403);
      expect(await raw({ origin: 'null' })).toBe(403);
      expect(await raw({ origin: harness.viewer.url })).toBe(200);
      expect(await raw({ origin: `https://127.0.0.1:${port}` })).toBe(403);
    });

    it('gives everybody the schema of the spec, to keep for a while', async () => {
      const { status, headers, text } = await harness.get('/schema/cairn.schema.json');
      expect([status, headers.get('content-type')]).toEqual([200, 'application/schema+json; charset=utf-8']);
      expect(headers.get('cache-control')).toBe('public, max-age=3600');
      expect(JSON.parse(text)).toMatchObject({ title: '.cairn.yml', properties: { jobs: { type: 'object' } } });
    });

    it('wants the token for reading behind a public address, and serves below its path', async () => {
      const own = await mkdtemp(join(tmpdir(), 'cairn-viewer-public-'));
      const open = { CAIRN_DATA_DIR: own, CAIRN_PUBLIC_URL: 'https://ci.example/cairn/' };
      const closed = await harness.start(open);
      const host = { host: 'ci.example' };
      try {
        for (const path of ['/api/builds', '/cairn/api/builds', '/api/events', '/api/queue']) {
          expect(await raw(host, path, 'GET', closed)).toBe(401);
        }
        expect(await raw({ ...host, ...bearer }, '/cairn/api/builds', 'GET', closed)).toBe(200);
        expect(await raw({ ...host, origin: 'https://ci.example' }, '/cairn/api/session', 'GET', closed)).toBe(200);
        expect(await raw(host, '/cairn/', 'GET', closed)).toBe(200);
        expect(await raw(host, '/cairn/schema/cairn.schema.json', 'GET', closed)).toBe(200);
        const link = await harness.get(`/cairn/login?token=${encodeURIComponent(TOKEN)}`, {}, closed);
        expect([link.status, link.headers.get('location')]).toEqual([303, '/cairn/']);
        expect(link.headers.get('set-cookie')).toMatch(/Path=\/cairn\/; HttpOnly; Secure; SameSite=Strict/);
      } finally {
        await closed.stop();
      }
      const shown = await harness.start({ ...open, CAIRN_PUBLIC_READ: 'true' });
      try {
        expect(await raw(host, '/cairn/api/builds', 'GET', shown)).toBe(200);
        expect(await raw(host, '/cairn/api/repos', 'POST', shown)).toBe(401);
      } finally {
        await shown.stop();
        await rm(own, { recursive: true, force: true });
      }
    });

    it('answers every error as a problem, with the headers of every answer', async () => {
      for (const [path, status] of [
        ['/api/nothing', 404],
        ['/wp-login.php', 404],
        ['/api/builds/%', 400],
        ['/api/builds/x/jobs/y/log', 404],
      ] as const) {
        const answer = await harness.get(path);
        expect([path, answer.status]).toEqual([path, status]);
        expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
        expect(answer.body).toMatchObject({ type: 'about:blank', status });
        expect(answer.text).not.toMatch(/ at |node_modules/);
        expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'/);
      }
      const bad = await fetch(`${harness.viewer.url}/api/repos`, {
        method: 'POST',
        headers: { ...bearer, 'content-type': 'application/json' },
        body: '{"repo":',
      });
      expect([bad.status, bad.headers.get('content-type')]).toEqual([400, 'application/problem+json; charset=utf-8']);
    });
  });
});
