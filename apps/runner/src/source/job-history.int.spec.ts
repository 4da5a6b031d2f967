import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GitForge, GitHubForge, type Forge } from '#forge';
import {
  createGitFixture,
  runGit,
  startFakeGitHub,
  type FakeGitHub,
  type GitFixture,
} from '../../../../test/fakes/github/index.js';
import { SourceMirrors } from './index.js';

const REPO = 'acme/app';
let root: string;
let app: GitFixture;
let github: FakeGitHub;
let sources: SourceMirrors;
let made: number;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cairn-history-'));
  app = await createGitFixture(join(root, 'git', REPO));
  github = await startFakeGitHub({ repos: [{ id: 1, name: REPO, defaultBranch: 'main', dir: app.gitDir }] });
  sources = new SourceMirrors({ dataDir: join(root, 'data') });
  made = 0;
});
afterEach(async () => {
  await sources.close();
  await github.close();
  await rm(root, { recursive: true, force: true });
});

const checkout = async (sha: string, depth?: number, forge: Forge = new GitHubForge({ url: github.url })) => {
  const directory = join(root, `w${++made}`);
  const request = { repoId: 'gh-1', remote: await forge.remote(REPO), ref: 'refs/heads/main', sha };
  await sources.checkoutInto({ ...request, ...(depth === undefined ? {} : { depth }) }, directory);
  expect(await runGit(directory, ['status', '--porcelain'])).toBe('');
  expect(await runGit(directory, ['fsck', '--full', '--no-dangling'])).toBe('');
  expect(await readFile(join(directory, '.git/HEAD'), 'utf8')).toBe(`${sha}\n`);
  expect(await readdir(join(directory, '.git/objects/info')).catch(() => [])).not.toContain('alternates');
  return directory;
};
const logOf = (directory: string): Promise<string> => runGit(directory, ['log', '--format=%H', '--topo-order']);

/** Two lines of history that were merged. */
const merged = async (): Promise<string> => {
  await app.commit({ 'a.txt': '1' }, 'one');
  await app.git('tag', 'v1');
  await app.git('checkout', '--quiet', '-b', 'side');
  for (const name of ['s1', 's2', 's3']) await app.commit({ 'b.txt': name }, name);
  await app.git('checkout', '--quiet', 'main');
  await app.commit({ 'a.txt': '2' }, 'two');
  await app.git('merge', '--quiet', '--no-ff', '--message', 'merged', 'side');
  return app.git('rev-parse', 'HEAD');
};
const fetches = (): number => github.state.requests.filter(({ url }) => url.includes('/git-upload-pack')).length;

describe('the history of a job', () => {
  for (const from of ['a server', 'a repository of this machine'])
    it(`is as long as git makes it, from ${from}`, async () => {
      const sha = await merged();
      const forge = from === 'a server' ? undefined : new GitForge({ root: join(root, 'git') });
      for (const depth of [1, 2, 3, 50]) {
        const expected = join(root, `expected${depth}`);
        await runGit(root, ['clone', '--quiet', `--depth=${depth}`, `file://${app.dir}`, expected]);
        const directory = await checkout(sha, depth, forge);
        expect(await logOf(directory)).toBe(await logOf(expected));
        const bytes = await readFile(join(directory, '.git/config'), 'utf8');
        expect(bytes).not.toContain(root);
      }
      expect(await logOf(await checkout(sha, undefined, forge))).toBe(sha);
    });

  it('comes from the mirror alone, once that has the commit', async () => {
    const sha = await merged();
    await checkout(sha);
    const before = fetches();
    expect(await logOf(await checkout(sha, 3))).not.toBe(sha);
    expect(fetches()).toBe(before);
  });

  for (const from of ['a server', 'a repository of this machine'])
    it(`is all of it with depth 0, and the tags in it, from ${from}`, async () => {
      const sha = await merged();
      await app.git('tag', '--annotate', '--message', 'second', 'v2', 'side');
      await app.git('tag', 'tree', 'HEAD^{tree}');
      await app.commit({ 'a.txt': '3' }, 'later');
      await app.git('tag', 'later');
      const forge = from === 'a server' ? undefined : new GitForge({ root: join(root, 'git') });
      const directory = await checkout(sha, 0, forge);
      expect(await logOf(directory)).toBe(await runGit(app.dir, ['log', '--format=%H', '--topo-order', sha]));
      expect(await runGit(directory, ['tag'])).toBe('v1\nv2');
      expect(await runGit(directory, ['describe', sha])).toBe(await runGit(app.dir, ['describe', sha]));
      expect(await runGit(directory, ['cat-file', '-t', 'v2'])).toBe('tag');
      expect(await readdir(join(directory, '.git'))).not.toContain('shallow');
    });

  it('has the tags of now, also when the commit is known, and one has made place for another', async () => {
    const sha = await merged();
    await checkout(sha, 0);
    await app.git('tag', '--delete', 'v1');
    await app.git('tag', 'v1/final', sha);
    expect(await runGit(await checkout(sha, 0), ['tag'])).toBe('v1/final');
    await app.git('tag', '--delete', 'v1/final');
    expect(await runGit(await checkout(sha, 0), ['tag'])).toBe('');
  });

  it('of many jobs at once is right for each', async () => {
    const sha = await merged();
    const depths = [0, 1, 2, 0, 3, 1, 0];
    const lengths = depths.map(async (depth) => (await logOf(await checkout(sha, depth))).split('\n').length);
    expect(await Promise.all(lengths)).toEqual([6, 1, 3, 6, 5, 1, 6]);
  });

  it('is no other number than of commits', async () => {
    const sha = await merged();
    for (const depth of [-1, 1.5, NaN])
      await expect(checkout(sha, depth)).rejects.toThrow(/is not a number of commits/);
  });
});
