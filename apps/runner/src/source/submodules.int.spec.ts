import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SourceUnavailable, SubmoduleRefused } from '#errors';
import { GitForge, GitHubForge, type Forge } from '#forge';
import {
  createGitFixture,
  runGit,
  startFakeGitHub,
  type FakeGitHub,
  type GitFixture,
} from '../../../../test/fakes/github/index.js';
import { SourceMirrors, SubmoduleForge, type SourceRequest } from './index.js';

const TOKEN = 'ghp_averysecrettoken0123456789';
const BASIC = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');

let root: string;
let github: FakeGitHub;
let sources: SourceMirrors;
let app: GitFixture;

/** A repository that is both below the git root and at the fake GitHub. */
const repository = async (name: string, isPrivate = false): Promise<GitFixture> => {
  const fixture = await createGitFixture(join(root, 'git', name));
  const id = github.state.repos.size + 1;
  github.state.repos.set(name, { id, name, defaultBranch: 'main', dir: fixture.gitDir, private: isPrivate });
  return fixture;
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cairn-submodules-'));
  github = await startFakeGitHub({ repos: [] });
  github.state.token = TOKEN;
  app = await repository('acme/app', true);
  sources = new SourceMirrors({ dataDir: join(root, 'data') });
});
afterEach(async () => {
  await sources.close();
  await github.close();
  await rm(root, { recursive: true, force: true });
});

const section = (path: string, url: string): string => `[submodule "${path}"]\n\tpath = ${path}\n\turl = "${url}"\n`;

/** Commits links to submodules: path, address and commit of each. */
const link = async (
  fixture: GitFixture,
  ...modules: readonly (readonly [string, string, string])[]
): Promise<string> => {
  await fixture.commit({ '.gitmodules': modules.map(([path, url]) => section(path, url)).join('') });
  for (const [path, , sha] of modules)
    await fixture.git('update-index', '--add', '--cacheinfo', `160000,${sha},${path}`);
  await fixture.git('commit', '--quiet', '--message', 'links');
  return fixture.git('rev-parse', 'HEAD');
};

const gitHub = (): Forge => new GitHubForge({ url: github.url, token: TOKEN });
const below = (): Forge => new GitForge({ root: join(root, 'git') });

const requestOf = async (sha: string, forge: Forge, over: { fork?: boolean; depth?: number } = {}) => {
  const { fork = false, ...more } = over;
  const submodules = new SubmoduleForge(forge, 'acme/app', fork);
  const remote = await forge.remote('acme/app');
  return { repoId: 'gh-1', remote, ref: 'refs/heads/main', sha, submodules, ...more } satisfies SourceRequest;
};
const checkout = async (...given: Parameters<typeof requestOf>): Promise<string> => {
  const directory = await mkdtemp(join(root, 'w-'));
  await sources.checkoutInto(await requestOf(...given), directory);
  return directory;
};
const textOf = (directory: string, path: string): Promise<string> => readFile(join(directory, path), 'utf8');

describe('submodules', () => {
  for (const [kind, forge] of [
    ['GitHub', gitHub],
    ['a git root', below],
  ] as const)
    it(`are checked out with theirs, by relative addresses, from ${kind}`, async () => {
      const [lib, deep] = [await repository('acme/lib', true), await repository('acme/deep', true)];
      const innermost = await deep.commit({ 'deep.txt': 'deep' });
      await lib.commit({ 'lib.txt': 'lib' });
      const inner = await link(lib, ['more/deep', './../deep.git', innermost]);
      await app.commit({ 'vendor/own.txt': 'own' });
      const sha = await link(app, ['vendor/lib', '../lib.git', inner], ['zweite ü', '../../acme/deep', innermost]);

      const directory = await checkout(sha, forge());
      expect(await textOf(directory, 'vendor/own.txt')).toBe('own');
      expect(await textOf(directory, 'vendor/lib/lib.txt')).toBe('lib');
      expect(await textOf(directory, 'vendor/lib/more/deep/deep.txt')).toBe('deep');
      expect(await textOf(directory, 'zweite ü/deep.txt')).toBe('deep');
      expect(await runGit(directory, ['status', '--porcelain'])).toBe('');
      expect(await runGit(join(directory, 'vendor/lib'), ['log', '--format=%H'])).toBe(inner);
      for (const path of await readdir(directory, { recursive: true }))
        if (path.endsWith('.git')) {
          const names = await readdir(join(directory, path), { recursive: true });
          expect(names.filter((name) => /^hooks|alternates$/.test(name))).toEqual([]);
          const config = await textOf(directory, join(path, 'config'));
          for (const secret of [TOKEN, BASIC, root, github.url]) expect(config).not.toContain(secret);
        }
    });

  it('come in the archive too, with as much history as the rest', async () => {
    const lib = await repository('acme/lib', true);
    await lib.commit({ 'lib.txt': '1' });
    await lib.git('tag', 'v1');
    const inner = await lib.commit({ 'lib.txt': '2' });
    const sha = await link(app, ['lib', `${new URL(github.url).origin}/acme/lib.git`, inner]);
    const directory = await mkdtemp(join(root, 'unpacked-'));
    const tar = spawn('tar', ['-xpf', '-', '--no-same-owner', '-C', directory], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const ended = once(tar, 'exit');
    await pipeline(await sources.checkout(await requestOf(sha, gitHub(), { depth: 0 })), tar.stdin);
    expect((await ended)[0]).toBe(0);
    expect(await runGit(join(directory, 'lib'), ['describe', '--tags'])).toMatch(/^v1-1-g/);
    expect(await runGit(directory, ['status', '--porcelain'])).toBe('');
  });

  it('are fetched once for many jobs, and not again for a commit that is there', async () => {
    const lib = await repository('acme/lib', true);
    const inner = await lib.commit({ 'lib.txt': 'lib' });
    const sha = await link(app, ['lib', '../lib', inner]);
    const asked = (): number =>
      github.state.requests.filter(({ url }) => /\/acme\/lib\.git\/info\/refs/.test(url)).length;
    await Promise.all(Array.from({ length: 4 }, () => checkout(sha, gitHub())));
    await checkout(sha, gitHub());
    expect(asked()).toBe(1);
  });

  it('stay empty folders when nobody asks for them', async () => {
    const sha = await link(app, ['lib', 'ext::sh -c touch% x', '1'.repeat(40)]);
    const { submodules: _, ...plain } = await requestOf(sha, gitHub());
    const directory = join(root, 'plain');
    await sources.checkoutInto(plain, directory);
    expect(await readdir(join(directory, 'lib'))).toEqual([]);
  });
});

describe('credentials for submodules', () => {
  it('are for repositories of the same owner: of others only public ones can be had', async () => {
    const [open, closed] = [await repository('other/open'), await repository('other/closed', true)];
    const shas = [await open.commit({ 'open.txt': 'open' }), await closed.commit({ 'closed.txt': 'closed' })] as const;
    const sha = await link(app, ['open', '../../other/open', shas[0]]);
    expect(await textOf(await checkout(sha, gitHub()), 'open/open.txt')).toBe('open');
    const sent = github.state.requests.filter(({ url }) => url.includes('other/'));
    expect(sent.map(({ authorization }) => authorization).filter(Boolean)).toEqual([]);

    const refused = await link(app, ['closed', '../../other/closed', shas[1]]);
    const failing = checkout(refused, gitHub());
    await expect(failing).rejects.toThrow(SubmoduleRefused);
    await expect(failing).rejects.toThrow(/submodule "closed" .*credentials are for repositories of the same owner/);
  });

  it('are not for pull requests from forks, not even what a mirror has', async () => {
    const lib = await repository('acme/lib', true);
    const inner = await lib.commit({ 'lib.txt': 'lib' });
    const sha = await link(app, ['lib', '../lib.git', inner]);
    await checkout(sha, gitHub());
    const failing = checkout(sha, gitHub(), { fork: true });
    await expect(failing).rejects.toThrow(SubmoduleRefused);
    await expect(failing).rejects.toThrow(/submodule "lib" .*a pull request from a fork gets no credentials/);
  });
});

describe('a hostile .gitmodules', () => {
  const SHA = '1'.repeat(40);

  for (const url of [
    'ext::sh -c touch% /tmp/x',
    'file:///etc',
    '/etc/passwd',
    '../../..',
    '../../../etc/passwd',
    '../../../../../../etc',
    './../..',
    '--upload-pack=touch /tmp/x',
    '-u',
    'http://169.254.169.254/latest/meta-data',
    'http://127.0.0.1:1/acme/lib',
    'ssh://-oProxyCommand=x/acme/lib',
    'https://github.com@169.254.169.254/acme/lib',
    'git@169.254.169.254:acme/lib',
    '../-x/../lib',
    '../lib\\nurl = x',
  ])
    it(`is refused the address ${url}`, async () => {
      const sha = await link(app, ['vendor', url, SHA]);
      for (const forge of [gitHub(), below()]) {
        const before = github.state.requests.length;
        const failing = checkout(sha, forge);
        await expect(failing).rejects.toThrow(SubmoduleRefused);
        await expect(failing).rejects.toThrow(/submodule "vendor" \(".*it is no repository of the forge/s);
        const asked = github.state.requests.slice(before).filter(({ url: path }) => !path.startsWith('/acme/app.git'));
        expect(asked).toEqual([]);
      }
    });

  it('gets no password into the message', async () => {
    const sha = await link(app, ['vendor', 'https://user:pass@example.org/acme/lib', SHA]);
    await expect(checkout(sha, gitHub())).rejects.toThrow('submodule "vendor" ("https://***@example.org/acme/lib")');
  });

  it('is no link, has settings that can be read, and names every submodule', async () => {
    const cases: [string, () => Promise<unknown>, RegExp][] = [
      ['none', () => Promise.resolve(), /submodule "vendor": \.gitmodules does not say where it is/],
      ['broken', () => app.commit({ '.gitmodules': '[[[' }), /\.gitmodules cannot be read/],
      ['link', () => app.commit({ '.gitmodules': { link: '/etc/passwd' } }), /invalid path/],
      [
        'included',
        () => app.commit({ '.gitmodules': `[include]\n\tpath = ${root}/included\n` }),
        /does not say where it is/,
      ],
    ];
    const included = await createGitFixture(join(root, 'inc'));
    await included.commit({ included: section('vendor', '../app') });
    await runGit(root, ['config', '--file', join(root, 'included'), 'submodule.vendor.path', 'vendor']);
    await runGit(root, ['config', '--file', join(root, 'included'), 'submodule.vendor.url', '../app']);
    await app.commit({ 'a.txt': 'a' });
    for (const [kind, prepare, why] of cases) {
      await prepare();
      await app.git('update-index', '--add', '--cacheinfo', `160000,${SHA},vendor`);
      await app.git('commit', '--quiet', '--allow-empty', '--message', 'link');
      const failing = checkout(await app.git('rev-parse', 'HEAD'), gitHub());
      if (kind !== 'link') await expect(failing).rejects.toThrow(SubmoduleRefused);
      await expect(failing).rejects.toThrow(why);
    }
  });

  it('leads nowhere by a path: neither out of the workspace, nor into .git, nor through a link', async () => {
    const lib = await repository('acme/lib');
    const inner = await lib.commit({ 'lib.txt': 'lib' });
    const outside = join(root, 'outside');
    await mkdir(outside);
    const tree = async (lines: readonly string[]): Promise<string> => {
      const child = spawn('git', ['mktree', '--missing'], { cwd: app.dir, stdio: ['pipe', 'pipe', 'inherit'] });
      child.stdin.end(`${lines.join('\n')}\n`);
      let sha = '';
      child.stdout.on('data', (text) => (sha += String(text)));
      await once(child, 'close');
      return sha.trim();
    };
    for (const path of ['..', '.git', 'way', '.GIT']) {
      await app.commit({ '.gitmodules': section(`${path}/lib`, '../lib'), target: { link: outside } });
      const file = await app.git('rev-parse', 'HEAD:.gitmodules');
      const target = await app.git('rev-parse', 'HEAD:target');
      const within = await tree([`160000 commit ${inner}\tlib`]);
      const links = path === 'way' ? [`120000 blob ${target}\tway`] : [];
      const all = await tree([`100644 blob ${file}\t.gitmodules`, ...links, `040000 tree ${within}\t${path}`]);
      const sha = await app.git('commit-tree', '-m', 'evil', all);
      await app.git('update-ref', 'refs/heads/evil', sha);
      const made = checkout(sha, gitHub());
      // Of a link and a folder of one name git itself leaves one.
      if (path === 'way') await made.catch(() => undefined);
      else await expect(made).rejects.toThrow(/^(submodule|git: )/);
      expect(await readdir(outside)).toEqual([]);
    }
  });

  it('does not go on for ever', async () => {
    let sha = await app.commit({ 'a.txt': 'a' });
    for (let level = 0; level < 12; level++) sha = await link(app, ['again', './', sha]);
    const failing = checkout(sha, gitHub());
    await expect(failing).rejects.toThrow(/more than 10 levels within each other/);
  });

  it('leaves the directory empty, and a server that breaks off may be asked again', async () => {
    await repository('acme/lib');
    const sha = await link(app, ['lib', '../lib.git', SHA]);
    const directory = join(root, 'left');
    await expect(sources.checkoutInto(await requestOf(sha, gitHub()), directory)).rejects.toThrow(SourceUnavailable);
    expect(await readdir(directory)).toEqual([]);
  });
});
