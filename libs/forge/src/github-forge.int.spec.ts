import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  CairnError,
  CommitUnknown,
  FileTooLarge,
  ForgeRefused,
  ForgeUnavailable,
  InvalidSettings,
  RepositoryUnknown,
} from '#errors';
import {
  answers,
  createGitFixture,
  drops,
  echoes,
  neverEnds,
  primaryRateLimit,
  runGit,
  secondaryRateLimit,
  startFakeGitHub,
  type FakeGitHub,
  type FakeStatus,
  type GitFixture,
} from '../../../test/fakes/github/index.js';
import { forgeContract } from './forge.contract.js';
import type { CommitStatus } from './forge.js';
import { GitHubForge } from './github-forge.js';

const TOKEN = 'ghp_averysecrettoken0123456789';
const BASIC = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
const REPO = 'acme/widgets';
const widgets = (dir: string) => ({ id: 1296269, name: REPO, defaultBranch: 'main', dir });

forgeContract('GitHub', async (_root, { gitDir }) => {
  const github = await startFakeGitHub({ repos: [widgets(gitDir)] });
  return {
    forge: new GitHubForge({ url: github.url }),
    close: async () => {
      await github.close();
      expect(github.state.violations).toEqual([]);
    },
  };
});

describe('GitHub', () => {
  let root: string;
  let fixture: GitFixture;
  let sha: string;
  let github: FakeGitHub;
  let forge: GitHubForge;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'cairn-github-forge-'));
    fixture = await createGitFixture(join(root, 'widgets'));
    sha = await fixture.commit({ '.cairn.yml': 'image: here\n', 'data.json': '{"a": 1}\n' });
  });
  afterAll(() => rm(root, { recursive: true }));
  beforeEach(async () => {
    github = await startFakeGitHub({ repos: [{ ...widgets(fixture.gitDir), private: true }], token: TOKEN });
    forge = new GitHubForge({ url: github.url, token: TOKEN });
  });
  afterEach(async () => {
    await github.close();
    expect(github.state.violations).toEqual([]);
  });

  const status = (change: Partial<CommitStatus> = {}): CommitStatus => ({
    ...{ sha, context: 'cairn', state: 'pending', description: 'build #1 runs', targetUrl: 'http://127.0.0.1:8080/1' },
    ...change,
  });
  const spec = (): Promise<string | undefined> => forge.fileAt(REPO, sha, '.cairn.yml', 1000);
  const failureOf = async (call: Promise<unknown>): Promise<CairnError> => {
    const error: unknown = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CairnError);
    return error as CairnError;
  };

  describe('a status', () => {
    it('is created as given, in the order given', async () => {
      await forge.statuses.create(REPO, status());
      await forge.statuses.create(REPO, status({ state: 'success', description: 'passed in 2 s' }));
      expect(github.state.statuses.get(sha)).toMatchObject([
        { state: 'pending', context: 'cairn', description: 'build #1 runs', target_url: 'http://127.0.0.1:8080/1' },
        { state: 'success', context: 'cairn', description: 'passed in 2 s' },
      ]);
    });

    it('has a description of 140 characters, and no half of one', async () => {
      await forge.statuses.create(REPO, status({ description: '🪨'.repeat(140) }));
      expect(github.state.statuses.get(sha)?.[0]?.description).toBe('🪨'.repeat(140));
      const longer = new GitHubForge({ url: github.url.replace('127.0.0.1', 'localhost'), token: TOKEN });
      await longer.statuses.create(REPO, status({ description: '🪨'.repeat(141) }));
      expect(github.state.statuses.get(sha)?.[1]?.description).toBe(`${'🪨'.repeat(139)}…`);
    });

    it('may have no target', async () => {
      const { targetUrl: _, ...rest } = status();
      await forge.statuses.create(REPO, rest);
      expect(github.state.statuses.get(sha)?.[0]?.target_url).toBeNull();
    });

    it('is refused for a commit that is not there', async () => {
      const error = await failureOf(forge.statuses.create(REPO, status({ sha: 'e'.repeat(40) })));
      expect(error).toBeInstanceOf(ForgeRefused);
      expect(error.message).toContain('422: No commit found for SHA');
    });

    it('is refused without a token', async () => {
      github.state.repos.set('acme/public', { ...widgets(fixture.gitDir), name: 'acme/public' });
      const error = await failureOf(new GitHubForge({ url: github.url }).statuses.create('acme/public', status()));
      expect(error).toBeInstanceOf(ForgeRefused);
      expect(error.message).toContain('401: Requires authentication');
    });

    it('of an unknown repository is told from one that may not be written', async () => {
      await expect(forge.statuses.create('acme/nothing', status())).rejects.toThrow(RepositoryUnknown);
      github.fail(1, answers(404, {}, 'Not Found'), /^POST/);
      await expect(forge.statuses.create(REPO, status())).rejects.toThrow(ForgeRefused);
    });
  });

  describe('an answer that is no answer', () => {
    it('of 503 is worth another try, and quickly tried', async () => {
      github.fail(2, answers(503));
      expect(await spec()).toBe('image: here\n');
      github.fail(3, answers(503, { 'retry-after': '7' }));
      expect(await failureOf(spec())).toMatchObject({ code: 'CAIRN_FORGE_UNAVAILABLE', retryAfterMs: 7000 });
    });

    it('because the connection broke is worth another try', async () => {
      github.fail(1, drops);
      expect(await spec()).toBe('image: here\n');
      github.fail(3, drops);
      expect(await failureOf(spec())).toBeInstanceOf(ForgeUnavailable);
    });

    it('because the body broke off is worth another try', async () => {
      github.fail(1, (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/vnd.github.raw+json', 'content-length': '100' });
        response.write('image:', () => response.destroy());
      });
      expect(await failureOf(spec())).toBeInstanceOf(ForgeUnavailable);
    });

    it('because nobody listens is worth another try', async () => {
      await github.close();
      expect(await failureOf(spec())).toBeInstanceOf(ForgeUnavailable);
    });

    it('because it takes too long is worth another try', async () => {
      const release = github.hold();
      const hasty = new GitHubForge({ url: github.url, token: TOKEN, timeoutMs: 20 });
      expect(await failureOf(hasty.repository(REPO))).toBeInstanceOf(ForgeUnavailable);
      release();
    });
  });

  describe('a rate limit', () => {
    it('used up for the hour says when to come back, and is not waited for', async () => {
      const reset = Date.now() + 1_800_000;
      github.fail(1, primaryRateLimit(reset));
      const error = (await failureOf(spec())) as ForgeUnavailable;
      expect(error).toBeInstanceOf(ForgeUnavailable);
      expect(error.retryAfterMs).toBeGreaterThan(1_700_000);
      expect(error.retryAfterMs).toBeLessThanOrEqual(1_801_000);
      expect(github.state.requests).toHaveLength(1);
    });

    it('for too much at once says when to come back', async () => {
      github.fail(1, secondaryRateLimit(90));
      expect(await failureOf(spec())).toMatchObject({ code: 'CAIRN_FORGE_UNAVAILABLE', retryAfterMs: 90_000 });
      github.fail(1, secondaryRateLimit());
      expect(await failureOf(spec())).toMatchObject({ code: 'CAIRN_FORGE_UNAVAILABLE', retryAfterMs: 60_000 });
      github.fail(1, answers(429, { 'retry-after': '30' }, 'Too many requests'));
      expect(await failureOf(spec())).toMatchObject({ code: 'CAIRN_FORGE_UNAVAILABLE', retryAfterMs: 30_000 });
      expect(github.state.requests).toHaveLength(3);
    });

    it('is told from a refusal', async () => {
      github.fail(1, answers(403, {}, 'Resource not accessible by personal access token'));
      const error = await failureOf(spec());
      expect(error).toBeInstanceOf(ForgeRefused);
      expect(error.message).toContain('403: Resource not accessible by personal access token');
    });
  });

  it('stops reading a file that is too large, however large it is', async () => {
    github.fail(1, neverEnds);
    await expect(forge.fileAt(REPO, sha, 'endless', 100_000)).rejects.toThrow(FileTooLarge);
  });

  it('reads a JSON file as text', async () =>
    expect(await forge.fileAt(REPO, sha, 'data.json', 100)).toBe('{"a": 1}\n'));

  it('asks for the repository only when the file is not there', async () => {
    await spec();
    expect(github.state.requests.map(({ url }) => url)).toEqual([
      `/api/v3/repos/acme/widgets/contents/.cairn.yml?ref=${sha}`,
    ]);
    await forge.fileAt(REPO, sha, 'nothing', 100);
    expect(github.state.requests).toHaveLength(3);
  });

  it('does not see a private repository without the token', async () => {
    const stranger = new GitHubForge({ url: github.url });
    await expect(stranger.fileAt(REPO, sha, '.cairn.yml', 100)).rejects.toThrow(RepositoryUnknown);
    await expect(stranger.resolve(REPO, 'main')).rejects.toThrow(RepositoryUnknown);
  });

  describe('changed files', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`many/${n}.txt`, '']));

    it('are unknown when there may be more than GitHub tells', async () => {
      const before = await fixture.git('rev-parse', 'HEAD');
      const most = await fixture.commit(many(299));
      const more = await fixture.commit({ 'many/300.txt': '' });
      expect(await forge.changedFiles(REPO, before, most)).toHaveLength(299);
      expect(await forge.changedFiles(REPO, before, more)).toBeUndefined();
    });
    it('are unknown when GitHub gives up on them, and asked for again after any other failure', async () => {
      github.fail(3, answers(500, {}, 'Server Error: Sorry, this diff is taking too long to generate.'));
      expect(await forge.changedFiles(REPO, sha, sha)).toBeUndefined();
      github.fail(3, answers(500));
      expect(await failureOf(forge.changedFiles(REPO, sha, sha))).toBeInstanceOf(ForgeUnavailable);
    });
  });

  describe('the newest statuses', () => {
    const told = (context: string, description: string): FakeStatus => ({
      ...{ id: 1, repo: REPO, sha, context, state: 'pending', description, target_url: null },
      created_at: '2026-01-01T00:00:00Z',
    });

    it('are those of their context, the newest first', async () => {
      expect(await forge.statuses.newest(REPO, sha, 'one', 2)).toEqual([]);
      github.state.statuses.set(sha, [
        told('one', 'first'),
        { ...told('one', 'second'), target_url: 'https://ci.example.org/' },
        told('other', 'third'),
      ]);
      const one = { sha, context: 'one', state: 'pending' };
      const newest = { ...one, description: 'second', targetUrl: 'https://ci.example.org/' };
      expect(await forge.statuses.newest(REPO, sha, 'one', 1)).toEqual([newest]);
      expect(await forge.statuses.newest(REPO, sha, 'one', 9)).toEqual([newest, { ...one, description: 'first' }]);
    });
    it('are found behind those of other contexts, page by page', async () => {
      const others = Array.from({ length: 250 }, (_, n) => told(`other-${n}`, ''));
      github.state.statuses.set(sha, [told('one', 'first'), ...others]);
      expect(await forge.statuses.newest(REPO, sha, 'one', 1)).toMatchObject([{ description: 'first' }]);
      expect(await forge.statuses.newest(REPO, sha, 'none', 1)).toEqual([]);
    });
    it('of a repository that is not there are told from none', () =>
      expect(forge.statuses.newest('acme/nothing', sha, 'one', 1)).rejects.toThrow(RepositoryUnknown));
  });

  it('follows a repository to its new name', async () => {
    github.fail(1, answers(301, { location: `${github.url}/repos/${REPO}` }, 'Moved Permanently'), /former/);
    expect((await forge.repository('acme/former')).name).toBe(REPO);
  });

  it('has nothing to resolve in a repository without commits', async () => {
    github.fail(2, answers(409, {}, 'Git Repository is empty.'), /commits/);
    expect(await forge.resolve(REPO, 'main')).toBeUndefined();
  });

  describe('the token', () => {
    const leaks = (value: unknown): boolean => {
      const text = inspect(value, { depth: 20, showHidden: true });
      return text.includes(TOKEN) || text.includes(BASIC);
    };

    it('is sent as a header, never in a URL', async () => {
      await spec();
      await forge.statuses.create(REPO, status());
      expect(github.state.requests.map(({ authorization }) => authorization)).toEqual([
        `token ${TOKEN}`,
        `token ${TOKEN}`,
      ]);
      expect(github.state.requests.some(({ url }) => url.includes(TOKEN))).toBe(false);
    });

    it('is in no error, even when the answer repeats it', async () => {
      const write = (): Promise<void> => forge.statuses.create(REPO, status());
      const read = (): Promise<unknown> => forge.repository(REPO);
      const tries = [
        [spec, 400],
        [spec, 403],
        [spec, 429],
        [read, 422],
        [write, 422],
      ] as const;
      for (const [call, answered] of tries) {
        github.fail(1, echoes(answered));
        const error = await failureOf(call());
        expect(error.message).toContain('***');
        expect(leaks(error)).toBe(false);
      }
      github.fail(3, drops);
      expect(leaks(await failureOf(spec()))).toBe(false);
    });

    it('reaches git by its environment alone, for this repository alone', async () => {
      const { url, environment, protocols } = await forge.remote(REPO);
      expect(url).toBe(`${new URL(github.url).origin}/acme/widgets.git`);
      expect(protocols).toBe('http');
      expect(environment).toEqual({
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: `http.${url}.extraHeader`,
        GIT_CONFIG_VALUE_0: `Authorization: Basic ${BASIC}`,
      });
    });

    it('lets git fetch a private repository, and git without it is refused', async () => {
      const { url, environment, protocols } = await forge.remote(REPO);
      const mirror = join(root, 'mirror.git');
      await runGit(root, ['init', '--quiet', '--bare', mirror]);
      const limits = { GIT_ALLOW_PROTOCOL: protocols, GIT_TERMINAL_PROMPT: '0' };
      await runGit(mirror, ['fetch', '--quiet', '--depth=1', url, sha], { ...limits, ...environment });
      expect(await runGit(mirror, ['show', 'FETCH_HEAD:.cairn.yml'])).toBe('image: here');
      await expect(runGit(mirror, ['fetch', '--quiet', url, sha], limits)).rejects.toThrow(/could not read Username/);
      const other = url.replace('widgets', 'other');
      await expect(runGit(mirror, ['fetch', '--quiet', other], { ...limits, ...environment })).rejects.toThrow();
      const foreign = github.state.requests.filter((request) => request.url.startsWith('/acme/other.git/'));
      expect(foreign.map(({ authorization }) => authorization)).toEqual([undefined]);
    });
  });

  it('tells a commit that has not arrived from a wrong request', async () => {
    const error = await failureOf(forge.fileAt(REPO, 'e'.repeat(40), '.cairn.yml', 100));
    expect(error).toBeInstanceOf(CommitUnknown);
    expect(error.disposition).toBe('retry');
  });

  it.each(['two\nlines', '', 'ü', 'with space'])('refuses %j as a token, without repeating it', (token) => {
    const make = (): unknown => new GitHubForge({ url: 'https://api.github.com', token });
    expect(make).toThrow(InvalidSettings);
    expect(make).toThrow(/CAIRN_GITHUB_TOKEN must be one line of visible ASCII characters$/);
  });
});
