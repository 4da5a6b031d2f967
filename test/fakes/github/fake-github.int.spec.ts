import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGitFixture, startFakeGitHub, type FakeGitHub } from './index.js';

describe('the fake GitHub', () => {
  let root: string;
  let sha: string;
  let github: FakeGitHub;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'cairn-fake-github-'));
    const fixture = await createGitFixture(root);
    sha = await fixture.commit({ 'deep/file.txt': 'hello' });
    github = await startFakeGitHub({
      repos: [{ id: 1, name: 'acme/widgets', defaultBranch: 'main', dir: fixture.gitDir }],
    });
  });
  afterAll(async () => {
    await github.close();
    await rm(root, { recursive: true });
  });
  beforeEach(() => void github.state.violations.splice(0));

  const call = async (method: string, path: string, body?: unknown): Promise<{ status: number; body: never }> => {
    const answer = await fetch(`${github.url}/repos/acme/widgets${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as never };
  };

  it('listens on the loopback address alone', () => expect(new URL(github.url).hostname).toBe('127.0.0.1'));

  it('answers as the description says', async () => {
    expect(await call('GET', '')).toMatchObject({ status: 200, body: { id: 1, full_name: 'acme/widgets' } });
    expect(await call('GET', `/commits/${sha}`)).toMatchObject({ status: 200, body: { sha } });
    expect(await call('GET', '/contents/deep')).toMatchObject({ status: 200, body: [{ name: 'file.txt' }] });
    expect(await call('GET', `/contents/${encodeURIComponent('deep/file.txt')}?ref=main`)).toMatchObject({
      body: { content: Buffer.from('hello').toString('base64'), encoding: 'base64' },
    });
    expect(github.state.violations).toEqual([]);
  });

  it('lists the newest status first', async () => {
    for (const state of ['pending', 'success']) await call('POST', `/statuses/${sha}`, { state, context: 'cairn' });
    expect(await call('GET', `/commits/${sha}/statuses`)).toMatchObject({
      body: [{ state: 'success' }, { state: 'pending' }],
    });
    expect(await call('GET', `/commits/${sha}/statuses?per_page=1&page=2`)).toMatchObject({
      body: [{ state: 'pending' }],
    });
    expect(github.state.violations).toEqual([]);
  });

  it('keeps a check run from its start to its conclusion', async () => {
    const output = { title: 'Build', summary: 'It runs' };
    const started = await call('POST', '/check-runs', { name: 'cairn', head_sha: sha, status: 'in_progress', output });
    expect(started).toMatchObject({ status: 201, body: { id: 1, status: 'in_progress', conclusion: null } });
    const ended = await call('PATCH', '/check-runs/1', { conclusion: 'success' });
    expect(ended).toMatchObject({ status: 200, body: { status: 'completed', conclusion: 'success', name: 'cairn' } });
    expect((await call('PATCH', '/check-runs/99', { conclusion: 'success' })).status).toBe(404);
    expect(github.state.violations).toEqual([]);
  });

  it.each([
    ['POST', `/statuses/${'a'.repeat(40)}`, { state: 'passed' }, /must be equal to one of the allowed values/],
    ['POST', `/statuses/${'a'.repeat(40)}`, { context: 'cairn' }, /must have required property 'state'/],
    ['POST', `/statuses/${'a'.repeat(40)}`, { state: 'success', description: 'x'.repeat(141) }, /more than 140/],
    [
      'POST',
      `/statuses/${'a'.repeat(40)}`,
      { state: 'success', target_url: 'javascript:alert(1)' },
      /not a web address/,
    ],
    ['POST', '/check-runs', { name: 'cairn' }, /must have required property 'head_sha'/],
    ['POST', '/check-runs', { name: 'cairn', head_sha: 'a', status: 'completed' }, /no conclusion/],
    ['POST', '/check-runs', { name: 'cairn', head_sha: 'a', started_at: 'yesterday' }, /must match format/],
    ['PATCH', '/check-runs/one', { conclusion: 'success' }, /must be integer/],
  ])('refuses and records %s %s %j', async (method, path, body, violation) => {
    expect((await call(method, path, body)).status).toBe(422);
    expect(github.state.violations).toEqual([expect.stringMatching(violation)]);
  });

  it('records a request for what GitHub does not have', async () => {
    expect((await call('GET', '/build-status')).status).toBe(404);
    expect(github.state.violations).toEqual(['no operation for get /api/v3/repos/acme/widgets/build-status']);
  });

  it('records an answer of its own that is wrong', async () => {
    github.state.repos.set('acme/odd', { id: 'one' as never, name: 'acme/odd', defaultBranch: 'main', dir: root });
    expect((await fetch(`${github.url}/repos/acme/odd`)).status).toBe(500);
    expect(github.state.violations).toEqual([expect.stringMatching(/own answer to repos\/get: .*must be integer/)]);
  });
});
