import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { LargeFileUnavailable, SourceUnavailable } from '#errors';
import { GitForge, GitHubForge, type Forge } from '#forge';
import { eventually } from '#testing';
import { answers, drops } from '../../../../../test/fakes/github/faults.js';
import {
  createGitFixture,
  startFakeGitHub,
  startLfsStorage,
  type FakeGitHub,
  type GitFixture,
  type LfsStorage,
} from '../../../../../test/fakes/github/index.js';
import { SourceMirrors, SubmoduleForge, type SourceRequest } from '../index.js';

const exec = promisify(execFile);
const TOKEN = 'ghp_averysecrettoken0123456789';
const REPO = 'acme/app';

let root: string;
let github: FakeGitHub;
let storage: LfsStorage;
let sources: SourceMirrors;
let app: GitFixture;

/** git with the real Git LFS, as a person has it; credentials as an administrator would give them. */
const withLfs = async (directory: string, ...args: readonly string[]): Promise<string> => {
  const basic = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
  const settings = {
    'filter.lfs.clean': 'git-lfs clean -- %f',
    'filter.lfs.smudge': 'git-lfs smudge -- %f',
    'filter.lfs.required': 'true',
    'lfs.locksverify': 'false',
    [`http.${new URL(github.url).origin}/.extraHeader`]: `Authorization: Basic ${basic}`,
  };
  const entries = Object.entries(settings);
  const environment = Object.fromEntries(
    entries.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  );
  const { stdout } = await exec('git', [...args], {
    cwd: directory,
    env: {
      ...{ PATH: process.env['PATH'], HOME: join(root, 'home'), GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
      ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b.c', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b.c' },
      ...{ GIT_CONFIG_COUNT: String(entries.length), ...environment },
    },
  });
  return stdout.trim();
};
const webUrl = (repo = REPO): string => `${new URL(github.url).origin}/${repo}.git`;

const register = (name: string, fixture: GitFixture, isPrivate = true): void =>
  void github.state.repos.set(name, {
    ...{ id: github.state.repos.size + 1, name, defaultBranch: 'main', dir: fixture.gitDir, private: isPrivate },
  });

const FILES: Readonly<Record<string, Buffer>> = {
  'a.bin': randomBytes(300_000),
  'same.bin': Buffer.from('a small one\n'),
  'deep/er/same again.bin': Buffer.from('a small one\n'),
  'deep/ünï "quoted" \'0:x.bin': randomBytes(70_000),
  '-dash.bin': randomBytes(10),
  'empty.bin': Buffer.alloc(0),
  'run.bin': Buffer.from('#!/bin/sh\necho ran\n'),
};

/** Commits and pushes files by Git LFS. */
const pushFiles = async (fixture: GitFixture, name: string, files = FILES): Promise<string> => {
  await writeFile(join(fixture.dir, '.gitattributes'), '*.bin filter=lfs diff=lfs merge=lfs -text\n');
  await writeFile(join(fixture.dir, 'plain.txt'), 'plain\n');
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(fixture.dir, path, '..'), { recursive: true });
    await writeFile(join(fixture.dir, path), content);
    if (path === 'run.bin') await chmod(join(fixture.dir, path), 0o755);
  }
  await withLfs(fixture.dir, 'add', '--all');
  await withLfs(fixture.dir, 'commit', '--quiet', '--message', 'files');
  await withLfs(fixture.dir, 'lfs', 'push', '--all', webUrl(name));
  return withLfs(fixture.dir, 'rev-parse', 'HEAD');
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cairn-lfs-'));
  github = await startFakeGitHub({ token: TOKEN });
  storage = await startLfsStorage();
  github.state.lfs = storage;
  app = await createGitFixture(join(root, 'git', REPO));
  register(REPO, app);
  sources = new SourceMirrors({ dataDir: join(root, 'data') });
});
afterEach(async () => {
  await sources.close();
  await github.close();
  await storage.close();
  await rm(root, { recursive: true, force: true });
});

const gitHub = (): Forge => new GitHubForge({ url: github.url, token: TOKEN });
const requestOf = async (sha: string, forge = gitHub(), more: Partial<SourceRequest> = {}): Promise<SourceRequest> => ({
  ...{ repoId: 'gh-1', remote: await forge.remote(REPO), ref: 'refs/heads/main', sha, largeFiles: true },
  ...more,
});

let places = 0;
/** As a container gets it. */
const unpacked = async (request: SourceRequest): Promise<string> => {
  const directory = join(root, `place-${(places += 1)}`);
  await mkdir(directory);
  const tar = spawn('tar', ['-x', '-C', directory], { stdio: ['pipe', 'inherit', 'inherit'] });
  await Promise.all([once(tar, 'close'), pipeline(await sources.checkout(request), tar.stdin)]);
  return directory;
};
/** As a job on the host gets it. */
const laid = async (request: SourceRequest): Promise<string> => {
  const directory = join(root, `place-${(places += 1)}`);
  await sources.checkoutInto(request, directory);
  return directory;
};

/** Every file below, with its bytes and whether it can be run; without `.git`. */
const tree = async (directory: string): Promise<Record<string, string>> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const own = files.map((path) => path.slice(directory.length + 1)).filter((path) => !/^(.*\/)?\.git(\/|$)/.test(path));
  const told = own.map(async (path) => {
    const { mode } = await stat(join(directory, path));
    const sha = createHash('sha256')
      .update(await readFile(join(directory, path)))
      .digest('hex');
    return [path, `${mode & 0o100 ? 'x' : '-'} ${sha}`] as const;
  });
  return Object.fromEntries((await Promise.all(told)).sort());
};

const downloads = (): number => storage.requests.filter(({ method }) => method === 'GET').length;
const failureOf = (request: SourceRequest): Promise<Error> =>
  sources.checkout(request).then(
    () => new Error('it was checked out'),
    (error: Error) => error,
  );

describe('files of Git LFS', () => {
  it.each([
    ['a container', unpacked],
    ['a job on the host', laid],
  ])('are in the workspace of %s as Git LFS itself checks them out', async (_, place) => {
    const sha = await pushFiles(app, REPO);
    const theirs = join(root, 'theirs');
    await withLfs(root, 'clone', '--quiet', '--no-local', webUrl(), theirs);
    const ours = await place(await requestOf(sha));
    expect(await tree(ours)).toEqual(await tree(theirs));
    expect(Object.keys(await tree(ours))).toHaveLength(Object.keys(FILES).length + 2);
    expect(await readFile(join(ours, 'a.bin'))).toEqual(FILES['a.bin']);
    // Also without Git LFS in the job.
    expect(await app.git('-C', ours, 'status', '--porcelain')).toBe('');
    expect(github.state.violations).toEqual([]);
  });

  it('are fetched once, each object once, and stay what they are when a job changes its own', async () => {
    const sha = await pushFiles(app, REPO);
    await unpacked(await requestOf(sha));
    expect(downloads()).toBe(5); // two files are the same, one is empty
    const place = await laid(await requestOf(sha));
    await writeFile(join(place, 'a.bin'), 'changed');
    expect(await readFile(join(await laid(await requestOf(sha)), 'a.bin'))).toEqual(FILES['a.bin']);
    expect(downloads()).toBe(5);
  });

  it('are those of the commit alone, and pointers where they are not asked for', async () => {
    await pushFiles(app, REPO, { 'old.bin': randomBytes(50_000), 'a.bin': randomBytes(9) });
    await rm(join(app.dir, 'old.bin'));
    const sha = await pushFiles(app, REPO, { 'a.bin': Buffer.from('new') });
    expect(await readFile(join(await unpacked(await requestOf(sha)), 'a.bin'), 'utf8')).toBe('new');
    expect(downloads()).toBe(1);
    const { largeFiles: _, ...plain } = await requestOf(sha);
    expect(await readFile(join(await unpacked(plain), 'a.bin'), 'utf8')).toMatch(/^version https:.*\noid sha256:/);
  });

  it('come from where a repository on this machine keeps them', async () => {
    const sha = await pushFiles(app, REPO);
    const place = await unpacked(await requestOf(sha, new GitForge({ root: join(root, 'git') })));
    expect(await tree(place)).toEqual(await tree(app.dir));
    expect(downloads()).toBe(0);
  });

  it('come with submodules, from the repository of each', async () => {
    const lib = await createGitFixture(join(root, 'git/acme/lib'));
    register('acme/lib', lib);
    const inner = await pushFiles(lib, 'acme/lib', { 'inner.bin': Buffer.from('of the library') });
    await writeFile(join(app.dir, '.gitmodules'), '[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n');
    await app.git('update-index', '--add', '--cacheinfo', `160000,${inner},lib`);
    await mkdir(join(app.dir, 'lib'));
    const sha = await pushFiles(app, REPO, { 'outer.bin': Buffer.from('of the app') });
    const submodules = new SubmoduleForge(gitHub(), REPO, false);
    const place = await unpacked(await requestOf(sha, gitHub(), { submodules }));
    expect(await readFile(join(place, 'lib/inner.bin'), 'utf8')).toBe('of the library');
    expect(await readFile(join(place, 'outer.bin'), 'utf8')).toBe('of the app');
  });

  it('are asked for with the token, which goes to no other server and into no workspace', async () => {
    const sha = await pushFiles(app, REPO);
    storage.requests.length = 0;
    const place = await unpacked(await requestOf(sha));
    expect(storage.requests.map(({ authorization }) => authorization)).toEqual(Array(5).fill(undefined));
    const { stdout } = await exec('grep', ['-rc', TOKEN.slice(4), place]).catch(({ stdout }) => ({ stdout }));
    expect(stdout).not.toMatch(/:[1-9]/);
    const stranger = new GitHubForge({ url: github.url });
    const failure = await failureOf(await requestOf(sha, stranger, { repoId: 'gh-2' }));
    expect(failure).toBeInstanceOf(SourceUnavailable); // it may not read the commit either
  });

  it('are told by name when the server has them no more', async () => {
    const sha = await pushFiles(app, REPO);
    const oid = createHash('sha256')
      .update(FILES['a.bin'] ?? '')
      .digest('hex');
    storage.objects.delete(`${REPO}/${oid}`);
    const failure = await failureOf(await requestOf(sha));
    expect(failure).toBeInstanceOf(LargeFileUnavailable);
    expect(failure.message).toBe(
      `large file "a.bin" (sha256 ${oid.slice(0, 12)}…, 300000 bytes): Object does not exist on the server (404)`,
    );
  });

  it('survive a server that breaks off, is busy, or answers with an error for a while', async () => {
    const sha = await pushFiles(app, REPO);
    github.fail(2, answers(503), /objects\/batch/);
    github.fail(1, answers(429, { 'retry-after': '0' }), /objects\/batch/);
    storage.fail(2, drops);
    storage.fail(1, (_request, response) => {
      response.writeHead(200, { 'content-length': 300_000 }).write('x');
      setImmediate(() => response.destroy());
    });
    expect(await tree(await unpacked(await requestOf(sha)))).toEqual(await tree(app.dir));
  });

  it('are waited for no longer when the job ends or the runner stops', async () => {
    const sha = await pushFiles(app, REPO, { 'a.bin': Buffer.from('twelve bytes') });
    const silence = (): Promise<unknown> =>
      new Promise((resolve) => storage.fail(1, (request) => resolve(request.url), /^GET/));
    const job = new AbortController();
    const [ended, asked] = [failureOf(await requestOf(sha, gitHub(), { signal: job.signal })), silence()];
    await asked;
    job.abort();
    expect(await ended).toBeInstanceOf(SourceUnavailable);
    const [stopped, again] = [failureOf(await requestOf(sha)), silence()];
    await again;
    await sources.close();
    expect(await stopped).toBeInstanceOf(SourceUnavailable);
  });

  it('are never taken for what they are not: other bytes, fewer, or more', async () => {
    const sha = await pushFiles(app, REPO, { 'a.bin': Buffer.from('twelve bytes') });
    const says = async (body: string): Promise<string> => {
      storage.fail(5, (_request, response) => void response.writeHead(200).end(body), /^GET/);
      const failure = await failureOf(await requestOf(sha));
      expect(failure).toBeInstanceOf(SourceUnavailable);
      return failure.message;
    };
    expect(await says('other bytes!')).toContain('what came is another file: its sha256 is not that of the commit');
    expect(await says('few')).toContain('it ended after 3 of 12 bytes');
    expect(await says('far too many bytes')).toContain('it is larger than the 12 bytes that the commit says');
    expect(await readFile(join(await unpacked(await requestOf(sha)), 'a.bin'), 'utf8')).toBe('twelve bytes');
  }, 60_000);

  it('are fetched anew when what is kept was cut', async () => {
    const sha = await pushFiles(app, REPO, { 'a.bin': Buffer.from('twelve bytes') });
    await unpacked(await requestOf(sha));
    const oid = createHash('sha256').update('twelve bytes').digest('hex');
    await truncate(join(root, 'data/lfs/gh-1', oid.slice(0, 2), oid), 3);
    expect(await readFile(join(await unpacked(await requestOf(sha)), 'a.bin'), 'utf8')).toBe('twelve bytes');
  });

  it('are kept for each repository: who knows a hash has nothing of another', async () => {
    const sha = await pushFiles(app, REPO, { 'a.bin': Buffer.from('a secret') });
    await unpacked(await requestOf(sha));
    const thief = await createGitFixture(join(root, 'git/acme/thief'));
    register('acme/thief', thief);
    const pointer = await app.git('cat-file', 'blob', `${sha}:a.bin`);
    const stolen = await thief.commit({ '.gitattributes': '*.bin filter=lfs\n', 'a.bin': `${pointer}\n` });
    const remote = await gitHub().remote('acme/thief');
    const failure = await failureOf({ ...(await requestOf(stolen)), repoId: 'gh-9', remote });
    expect(failure).toBeInstanceOf(LargeFileUnavailable);
  });

  it('make room for others, those first that were not used for longest; no commit may have more than all', async () => {
    await sources.close();
    sources = new SourceMirrors({ dataDir: join(root, 'data'), largeFilesLimit: 100_000 });
    const first = await pushFiles(app, REPO, { 'a.bin': randomBytes(60_000) });
    const second = await pushFiles(app, REPO, { 'a.bin': randomBytes(60_000) });
    await unpacked(await requestOf(first));
    await unpacked(await requestOf(second));
    const kept = async () =>
      (await readdir(join(root, 'data/lfs/gh-1'), { recursive: true })).filter((name) => /\//.test(name));
    await eventually(kept, ({ length }) => length === 1);
    const before = downloads();
    await unpacked(await requestOf(second));
    expect(downloads()).toBe(before);
    const third = await pushFiles(app, REPO, { 'a.bin': randomBytes(100_001) });
    const failure = await failureOf(await requestOf(third));
    expect(failure.message).toBe(
      'the commit has 98 KiB of large files, this runner keeps at most 98 KiB (CAIRN_LFS_LIMIT)',
    );
  });

  it.each([
    ['http://169.254.169.254/latest', 'it must begin with https://'],
    ['file:///etc/passwd', 'it must begin with https://'],
    ['https://user:pass@127.0.0.1/', 'it must begin with https://'],
    ['nothing', 'it must begin with https://'],
  ])('are not asked for at %s, wherever the server sends one', async (href, words) => {
    const sha = await pushFiles(app, REPO, { 'a.bin': Buffer.from('a') });
    const redirect = answers(302, { location: href });
    if (href !== 'nothing') {
      storage.fail(1, redirect, /^GET/);
      expect((await failureOf(await requestOf(sha))).message).toContain(words);
    }
    const oid = createHash('sha256').update('a').digest('hex');
    const answer = { objects: [{ oid, size: 1, actions: { download: { href } } }] };
    github.fail(1, (_request, response) => void response.end(JSON.stringify(answer)), /objects\/batch/);
    const failure = await failureOf(await requestOf(sha));
    expect(failure).toBeInstanceOf(LargeFileUnavailable);
    expect(failure.message).toContain(words);
  });
});
