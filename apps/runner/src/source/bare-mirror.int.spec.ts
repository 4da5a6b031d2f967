import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
  stat,
} from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { SourceUnavailable } from '#errors';
import type { GitRemote } from '#forge';
import { SourceMirrors, type SourceRequest } from './index.js';

const exec = promisify(execFile);
const SECRET = 'sekrit-token-value';
const ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: '/dev/null',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};
const git = async (cwd: string, ...args: string[]): Promise<string> =>
  (await exec('git', args, { cwd, env: ENVIRONMENT })).stdout.trim();

let root: string;
let origin: string;
let sources: SourceMirrors;
let running: ChildProcess[];
let listening: Server[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cairn-source-'));
  origin = join(root, 'origin');
  running = [];
  listening = [];
  await git(root, 'init', '-q', '-b', 'main', origin);
  sources = new SourceMirrors({ dataDir: join(root, 'data') });
});
afterEach(async () => {
  await sources.close();
  for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  for (const server of listening) await new Promise((resolve) => server.close(resolve));
  await rm(root, { recursive: true, force: true });
});

const commit = async (message: string): Promise<string> => {
  await git(origin, 'add', '-A');
  await git(origin, 'commit', '-q', '--allow-empty', '-m', message);
  return git(origin, 'rev-parse', 'HEAD');
};
const write = (path: string, text: string | Buffer): Promise<void> => writeFile(join(origin, path), text);

const local = (): GitRemote => ({ url: `file://${origin}`, protocols: 'file', environment: {} });

/** The same repository behind a real server; `connections` counts who asked. */
const serve = async (): Promise<{ remote: GitRemote; connections: () => number; end: () => Promise<void> }> => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const { stdout } = await exec('git', ['--exec-path']);
  const daemon = spawn(
    join(stdout.trim(), 'git-daemon'),
    [
      '--listen=127.0.0.1',
      `--port=${port}`,
      '--export-all',
      '--informative-errors',
      '--verbose',
      `--base-path=${root}`,
    ],
    { env: ENVIRONMENT, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  running.push(daemon);
  let words = '';
  daemon.stderr.on('data', (text) => (words += String(text)));
  const answers = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
  while (!(await answers())) if (daemon.exitCode !== null) throw new Error(words);
  return {
    remote: {
      url: `git://127.0.0.1:${port}/origin`,
      protocols: 'git',
      environment: { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.extraHeader', GIT_CONFIG_VALUE_0: `X: ${SECRET}` },
    },
    connections: () => words.split('Request upload-pack').length - 1,
    end: async () => {
      daemon.kill('SIGKILL');
      await once(daemon, 'exit');
    },
  };
};

/** A server that takes connections and says nothing. */
const silence = async (onConnection: () => void = () => undefined): Promise<GitRemote> => {
  const server = createServer((socket) => {
    socket.resume().on('error', () => undefined);
    onConnection();
  }).listen(0, '127.0.0.1');
  listening.push(server);
  await once(server, 'listening');
  return { url: `git://127.0.0.1:${(server.address() as AddressInfo).port}/x`, protocols: 'git', environment: {} };
};

const request = (sha: string, over: Partial<SourceRequest> = {}): SourceRequest => ({
  repoId: 'gh-1',
  remote: local(),
  ref: 'refs/heads/main',
  sha,
  ...over,
});

const unpacked = async (over: SourceRequest): Promise<string> => {
  const directory = await mkdtemp(join(root, 'unpacked-'));
  const tar = spawn('tar', ['-xpf', '-', '--no-same-owner', '-C', directory], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(tar, 'exit');
  await pipeline(await sources.checkout(over), tar.stdin);
  expect((await ended)[0]).toBe(0);
  return directory;
};

/** Everything but `.git`: path, kind, permissions, content. */
const contents = async (directory: string): Promise<string[]> => {
  const names = (await readdir(directory, { recursive: true })).filter((name) => !/^\.git(\/|$)/.test(name));
  const described = names.map(async (name) => {
    const path = join(directory, name);
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) return `${name} -> ${await readlink(path)}`;
    if (stats.isDirectory()) return `${name}/`;
    const hash = createHash('sha1')
      .update(await readFile(path))
      .digest('hex');
    return `${name} ${stats.mode & 0o100 ? 'x' : '-'} ${hash}`;
  });
  return (await Promise.all(described)).sort();
};

const allBytes = async (directory: string): Promise<string> => {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1'));
  return (await Promise.all(files)).join('\n');
};

const everyKind = async (): Promise<string> => {
  await write('.gitattributes', 'hidden.txt export-ignore\n*.crlf text eol=crlf\n*.id ident\nv.txt export-subst\n');
  await write('hidden.txt', 'kept\n');
  await write('v.txt', '$Format:%H$\n');
  await write('a.crlf', 'one\ntwo\n');
  await write('a.id', '$Id$\n');
  await write('run.sh', '#!/bin/sh\n');
  await chmod(join(origin, 'run.sh'), 0o755);
  await mkdir(join(origin, 'sub/deep/deeper'), { recursive: true });
  await write('sub/deep/deeper/file', 'x');
  await write('empty', '');
  await write('big', Buffer.alloc(700_001, 'abc\n'));
  await write(`sub/${'long name '.repeat(20)}`, 'long\n');
  await write('sub/名前 ü', 'unicode\n');
  await write('-rf', 'dash\n');
  await symlink('sub/deep', join(origin, 'link'));
  await symlink('/etc/passwd', join(origin, 'outward'));
  await symlink('x/'.repeat(80), join(origin, 'longlink'));
  await git(origin, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`);
  await write('.gitmodules', '[submodule "module"]\n\tpath = module\n\turl = ext::sh -c touch% /tmp/x\n');
  await git(origin, 'add', '.');
  await git(origin, 'commit', '-q', '-m', 'first');
  await git(origin, 'commit', '-q', '--allow-empty', '-m', 'second');
  return git(origin, 'rev-parse', 'HEAD');
};

describe('a workspace', () => {
  const ways: [string, (over: SourceRequest) => Promise<string>][] = [
    [
      'in a directory',
      async (over) => {
        const directory = join(root, 'workspace');
        await sources.checkoutInto(over, directory);
        return directory;
      },
    ],
    ['as a tar archive', unpacked],
  ];
  for (const [way, make] of ways) {
    it(`equals a git checkout, ${way}`, async () => {
      const sha = await everyKind();
      const expected = join(root, 'expected');
      await git(root, 'clone', '-q', '--no-checkout', origin, expected);
      await git(expected, 'checkout', '-q', sha);
      const made = await make(request(sha));
      expect(await contents(made)).toEqual(await contents(expected));
      expect(await readFile(join(made, 'hidden.txt'), 'utf8')).toBe('kept\n');
      expect(await readFile(join(made, 'a.crlf'), 'utf8')).toBe('one\r\ntwo\r\n');
      expect(await readFile(join(made, 'v.txt'), 'utf8')).toBe('$Format:%H$\n');
    });

    it(`has a .git that works and holds nothing of ours, ${way}`, async () => {
      const sha = await everyKind();
      const { remote } = await serve();
      const made = await make(request(sha, { remote }));
      await rename(origin, `${origin}-gone`);
      await rm(join(root, 'data'), { recursive: true });
      expect(await git(made, 'diff-index', 'HEAD')).toBe('');
      expect(await git(made, 'status', '--porcelain')).toBe('');
      expect(await git(made, 'log', '--format=%H %s')).toBe(`${sha} second`);
      expect(await git(made, 'fsck', '--full')).toBe('');
      expect(await git(made, 'status', '-b', '--porcelain')).toBe('## HEAD (no branch)');
      await git(made, 'commit', '-q', '--allow-empty', '-m', 'on top');
      expect((await readdir(join(made, '.git'))).includes('hooks')).toBe(false);
      expect(await readdir(join(made, '.git/objects'))).not.toContain('info/alternates');
      const bytes = await allBytes(join(made, '.git'));
      for (const secret of [SECRET, remote.url, root]) expect(bytes).not.toContain(secret);
    });
  }

  it('keeps names that are not UTF-8', async () => {
    const name = Buffer.from([0x66, 0xff, 0xfe]);
    await writeFile(Buffer.concat([Buffer.from(`${origin}/`), name]), 'bytes');
    const made = await unpacked(request(await commit('bytes')));
    expect((await readdir(made, { encoding: 'buffer' })).some((entry) => entry.equals(name))).toBe(true);
    expect(await git(made, 'status', '--porcelain')).toBe('');
  });

  it('is had again when the mirror has made room for another', async () => {
    await sources.close();
    sources = new SourceMirrors({ dataDir: join(root, 'data'), mirrorsLimit: 1 });
    const mirrors = (): Promise<string[]> => readdir(join(root, 'data/mirrors'));
    const [first, other] = ['gh-1', 'gh-2'];
    const sha = await commit('one');
    const { remote, connections } = await serve();
    for (const [index, repoId] of [first, other, first].entries()) {
      const made = join(root, `made-${index}`);
      await sources.checkoutInto(request(sha, { repoId, remote }), made);
      expect(await git(made, 'rev-parse', 'HEAD')).toBe(sha);
      await sources.settled();
      expect(await mirrors()).toEqual([`${repoId}.git`]);
      expect(connections()).toBe(index + 1);
    }
  });

  it('leaves no directory behind, whether its archive is read, dropped or refused', async () => {
    const sha = await everyKind();
    await unpacked(request(sha));
    (await sources.checkout(request(sha))).destroy();
    const half = await sources.checkout(request(sha));
    for await (const piece of half) if (piece) break;
    await expect(sources.checkout(request('2'.repeat(40)))).rejects.toThrow(SourceUnavailable);
    await sources.close();
    expect(await readdir(join(root, 'data/checkouts'))).toEqual([]);
  });

  it('is made once for the jobs of a build, as long as one may follow, and anew for another commit', async () => {
    const sha = await everyKind();
    const first = await unpacked(request(sha));
    const directories = await readdir(join(root, 'data/checkouts'));
    expect(directories).toHaveLength(1);
    const { mtimeMs } = await stat(join(root, 'data/checkouts'));
    const archives = await Promise.all([1, 2].map(() => unpacked(request(sha))));
    for (const made of archives) expect(await contents(made)).toEqual(await contents(first));
    expect(await readdir(join(root, 'data/checkouts'))).toEqual(directories);
    expect((await stat(join(root, 'data/checkouts'))).mtimeMs).toBe(mtimeMs); // none was made beside it
    expect(await git(await unpacked(request(await commit('another'))), 'rev-parse', 'HEAD')).not.toBe(sha);
    await unpacked(request(sha, { depth: 2 })); // another amount of history
    expect(await git(await unpacked(request(sha, { depth: 0 })), 'status', '--porcelain')).toBe('');
    await sources.settled();
    expect(await readdir(join(root, 'data/checkouts'))).toHaveLength(3);
    await sources.close();
    expect(await readdir(join(root, 'data/checkouts'))).toEqual([]);
  });

  it('begins with nothing that an earlier process left', async () => {
    const sha = await everyKind();
    await mkdir(join(root, 'data/checkouts/c-old'), { recursive: true });
    await unpacked(request(sha));
    expect(await readdir(join(root, 'data/checkouts'))).not.toContain('c-old');
  });

  it('runs no hook and no filter that the repository or the mirror names', async () => {
    const marker = join(root, 'executed');
    await write('.gitattributes', '* filter=evil\n');
    await write('file', 'plain\n');
    const { remote } = await serve();
    await sources.checkoutInto(request(await commit('one'), { remote }), join(root, 'w0'));
    const hooks = join(root, 'data/mirrors/gh-1.git/hooks');
    await mkdir(hooks);
    for (const hook of ['reference-transaction', 'post-checkout', 'post-index-change']) {
      await writeFile(join(hooks, hook), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
    }
    const made = await unpacked(request(await commit('two'), { remote }));
    expect(await readFile(join(made, 'file'), 'utf8')).toBe('plain\n');
    expect(await readdir(root)).not.toContain('executed');
  });
});

describe('the mirror', () => {
  it('is asked, not the server, for a commit that it has', async () => {
    const sha = await commit('one');
    const server = await serve();
    await sources.checkoutInto(request(sha, { remote: server.remote }), join(root, 'w1'));
    expect(server.connections()).toBe(1);
    await sources.checkoutInto(request(sha, { remote: server.remote }), join(root, 'w2'));
    expect(server.connections()).toBe(1);
    await server.end();
    await sources.checkoutInto(request(sha, { remote: server.remote }), join(root, 'w3'));
    expect(await git(join(root, 'w3'), 'log', '--format=%H')).toBe(sha);
  });

  it('takes what is new on a branch, also after a forced push and a change from a to a/b', async () => {
    const server = await serve();
    const { remote } = server;
    await git(origin, 'checkout', '-q', '-b', 'a');
    const first = await commit('one');
    await sources.checkoutInto(request(first, { remote, ref: 'refs/heads/a' }), join(root, 'w1'));
    await git(origin, 'commit', '-q', '--amend', '--allow-empty', '-m', 'forced');
    const forced = await git(origin, 'rev-parse', 'HEAD');
    await sources.checkoutInto(request(forced, { remote, ref: 'refs/heads/a' }), join(root, 'w2'));
    await git(origin, 'branch', '-m', 'a', 'a/b');
    const below = await commit('below');
    await sources.checkoutInto(request(below, { remote, ref: 'refs/heads/a/b' }), join(root, 'w3'));
    // Still the same mirror, which drops nothing.
    await server.end();
    await sources.checkoutInto(request(first, { remote, ref: 'refs/heads/a' }), join(root, 'w4'));
    expect(await git(join(root, 'w4'), 'log', '--format=%H')).toBe(first);
  });

  it('serves many jobs of one new commit with one fetch', async () => {
    await everyKind();
    const sha = await commit('more');
    const server = await serve();
    const directories = Array.from({ length: 8 }, (_, index) => join(root, `w${index}`));
    await Promise.all(directories.map((path) => sources.checkoutInto(request(sha, { remote: server.remote }), path)));
    for (const path of directories) expect(await git(path, 'status', '--porcelain')).toBe('');
    expect(server.connections()).toBe(1);
  });

  it('gives each of many jobs its own commit', async () => {
    const server = await serve();
    const shas: string[] = [];
    for (let index = 0; index < 5; index++) shas.push(await commit(`number ${index}`));
    const made = shas.map(async (sha) => {
      await sources.checkoutInto(request(sha, { remote: server.remote }), join(root, sha));
      return git(join(root, sha), 'log', '--format=%H');
    });
    expect(await Promise.all(made)).toEqual(shas);
  });

  it('asks for the commit by itself when its branch has moved on or is gone', async () => {
    const sha = await commit('one');
    await git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
    await git(origin, 'commit', '-q', '--amend', '--allow-empty', '-m', 'forced');
    const { remote } = await serve();
    await sources.checkoutInto(request(sha, { remote }), join(root, 'w1'));
    await sources.checkoutInto(request(sha, { remote, repoId: 'gh-2', ref: 'refs/heads/gone' }), join(root, 'w2'));
    expect(await git(join(root, 'w2'), 'log', '--format=%H')).toBe(sha);
  });

  const damages: [string, (mirror: string) => Promise<unknown>][] = [
    ['empty', (mirror) => rm(join(mirror, 'objects/pack'), { recursive: true })],
    ['without HEAD', (mirror) => rm(join(mirror, 'HEAD'))],
    [
      'with a pack cut short',
      async (mirror) => {
        const pack = join(mirror, 'objects/pack');
        for (const name of await readdir(pack)) {
          if (!name.endsWith('.pack')) continue;
          await chmod(join(pack, name), 0o644);
          await writeFile(join(pack, name), 'PACK');
        }
      },
    ],
    ['with unreadable settings', (mirror) => writeFile(join(mirror, 'config'), '[[[')],
  ];
  for (const [kind, damage] of damages) {
    it(`is remade when it is found ${kind}`, async () => {
      const old = await everyKind();
      const { remote } = await serve();
      await sources.checkoutInto(request(old, { remote }), join(root, 'w0'));
      await damage(join(root, 'data/mirrors/gh-1.git'));
      const sha = await commit('new');
      await sources.checkoutInto(request(sha, { remote }), join(root, 'w1'));
      await sources.checkoutInto(request(old, { remote }), join(root, 'w2'));
      expect(await git(join(root, 'w1'), 'log', '--format=%H')).toBe(sha);
      expect(await git(join(root, 'w2'), 'status', '--porcelain')).toBe('');
      expect(await readdir(join(root, 'data/mirrors'))).toEqual(['gh-1.git']);
    });
  }

  it('is remade when it has the commit but not its files', async () => {
    await write('file', 'content\n');
    const sha = await commit('one');
    const { remote } = await serve();
    await sources.checkoutInto(request(sha, { remote }), join(root, 'w0'));
    const mirror = join(root, 'data/mirrors/gh-1.git');
    await rm(join(mirror, 'objects/pack'), { recursive: true });
    await mkdir(join(mirror, 'objects', sha.slice(0, 2)));
    const loose = join('objects', sha.slice(0, 2), sha.slice(2));
    await writeFile(join(mirror, loose), await readFile(join(origin, '.git', loose)));
    await sources.checkoutInto(request(sha, { remote }), join(root, 'w1'));
    expect(await readFile(join(root, 'w1/file'), 'utf8')).toBe('content\n');
  });

  it('is kept when the server is gone', async () => {
    const sha = await commit('one');
    const server = await serve();
    await sources.checkoutInto(request(sha, { remote: server.remote }), join(root, 'w0'));
    await server.end();
    const unknown = request('3'.repeat(40), { remote: server.remote });
    await expect(sources.checkoutInto(unknown, join(root, 'w1'))).rejects.toThrow(/cannot be fetched .*refused/);
    await sources.checkoutInto(request(sha, { remote: server.remote }), join(root, 'w2'));
  });

  it('folds its packs together when there are many', async () => {
    sources = new SourceMirrors({ dataDir: join(root, 'data'), maxPacks: 2 });
    const { remote } = await serve();
    const shas: string[] = [];
    for (let index = 0; index < 4; index++) {
      shas.push(await commit(`number ${index}`));
      await sources.checkoutInto(request(shas[index]!, { remote }), join(root, `w${index}`));
      await sources.settled();
    }
    const packs = await readdir(join(root, 'data/mirrors/gh-1.git/objects/pack'));
    expect(packs.filter((name) => name.endsWith('.pack')).length).toBeLessThanOrEqual(2);
    for (const sha of shas) await sources.checkoutInto(request(sha, { remote }), join(root, `again-${sha}`));
  });
});

describe('a pull request', () => {
  const forked = async (): Promise<{ head: string; older: string; stranger: string }> => {
    await commit('base');
    await git(origin, 'checkout', '-q', '-b', 'fork');
    const older = await commit('older');
    const head = await commit('head');
    await git(origin, 'update-ref', 'refs/pull/7/head', head);
    await git(origin, 'checkout', '-q', 'main');
    await git(origin, 'branch', '-q', '-D', 'fork');
    const stranger = await commit('stranger');
    return { head, older, stranger };
  };

  it('is built at its head, or at what its head was', async () => {
    const { head, older } = await forked();
    for (const sha of [head, older]) {
      await sources.checkoutInto(request(sha, { ref: 'refs/pull/7/head' }), join(root, sha));
      expect(await git(join(root, sha), 'log', '--format=%H')).toBe(sha);
    }
  });

  it('is refused a commit that it does not lead to, though the server has it', async () => {
    const { stranger } = await forked();
    const { remote } = await serve();
    for (const from of [remote, local()]) {
      const strange = request(stranger, { ref: 'refs/pull/7/head', remote: from });
      await expect(sources.checkoutInto(strange, join(root, 'w'))).rejects.toThrow(/no longer, in refs\/pull\/7\/head/);
    }
  });
});

describe('what cannot be had', () => {
  it('is said with the commit and the branch, and leaves the directory empty', async () => {
    await commit('one');
    const { remote } = await serve();
    for (const from of [remote, local()]) {
      const missing = request('4'.repeat(40), { remote: from });
      await expect(sources.checkoutInto(missing, join(root, 'w'))).rejects.toThrow(
        /commit 4{40} cannot be fetched from .*: refs\/heads\/main does not lead to it; asked for by itself: /,
      );
      await expect(readdir(join(root, 'w')).catch(() => [])).resolves.toEqual([]);
    }
  });

  it('is a tree or a tag instead of a commit', async () => {
    await write('file', 'x');
    await commit('one');
    await git(origin, 'tag', '-a', '-m', 'tag', 'v1');
    for (const name of ['v1', 'HEAD^{tree}']) {
      const sha = await git(origin, 'rev-parse', name);
      await expect(sources.checkoutInto(request(sha), join(root, 'w'))).rejects.toThrow(SourceUnavailable);
      expect(await readdir(join(root, 'w'))).toEqual([]);
    }
  });

  it('is at an address whose protocol is not allowed', async () => {
    const sha = await commit('one');
    const marker = join(root, 'executed');
    const urls = [
      `file://${origin}`,
      `ext::sh -c touch% ${marker}`,
      `--upload-pack=touch ${marker}`,
      'https://a:b@example.org/x',
    ];
    for (const url of urls) {
      const remote = { url, protocols: 'https:ssh', environment: {} };
      await expect(sources.checkoutInto(request(sha, { remote }), join(root, 'w'))).rejects.toThrow(SourceUnavailable);
    }
    expect(await readdir(root)).not.toContain('executed');
  });

  it('is named by ids that are none', async () => {
    const sha = await commit('one');
    for (const over of [{ repoId: '../x' }, { repoId: '' }, { sha: 'HEAD' }, { sha: `${sha}\n` }, { sha: '--all' }]) {
      await expect(sources.checkout(request(sha, over))).rejects.toThrow(SourceUnavailable);
    }
    expect(await readdir(join(root, 'data'))).toEqual(['checkouts']);
  });

  it('takes longer than allowed', async () => {
    sources = new SourceMirrors({ dataDir: join(root, 'data'), timeLimitMs: 300 });
    const slow = request('5'.repeat(40), { remote: await silence() });
    await expect(sources.checkoutInto(slow, join(root, 'w'))).rejects.toThrow(/took longer than 0.3 s/);
  });

  it('is given up when the job is cancelled, or the runner stops', async () => {
    const cancel = new AbortController();
    const slow = request('5'.repeat(40), { remote: await silence(() => cancel.abort()), signal: cancel.signal });
    await expect(sources.checkoutInto(slow, join(root, 'w'))).rejects.toThrow(/stopped/);
    const other = request('5'.repeat(40), { remote: await silence(() => void sources.close()) });
    await expect(sources.checkoutInto(other, join(root, 'w'))).rejects.toThrow(/stopped/);
  });
});

describe('branch names', () => {
  for (const name of [
    'constructor',
    '__proto__',
    '--upload-pack=touch x',
    '--upload-pack=x',
    '-',
    'ü/名',
    "a'b;c$(d)",
  ]) {
    const legal = !name.includes(' ');
    it(`${legal ? 'builds' : 'refuses'} ${name}`, async () => {
      const sha = await commit('one');
      const ref = `refs/heads/${name}`;
      const { remote } = await serve();
      if (!legal) {
        await expect(sources.checkoutInto(request(sha, { ref, remote }), join(root, 'w'))).rejects.toThrow(
          /that git knows/,
        );
        return;
      }
      await git(origin, 'update-ref', ref, sha);
      await git(origin, 'checkout', '-q', '--detach');
      await git(origin, 'branch', '-q', '-D', 'main');
      await sources.checkoutInto(request(sha, { ref, remote }), join(root, 'w'));
      expect(await git(join(root, 'w'), 'log', '--format=%H')).toBe(sha);
      expect(await readdir(join(root, 'data/mirrors'))).toEqual(['gh-1.git']);
    });
  }

  for (const name of ['../../etc', '*', 'a:refs/heads/b', 'a..b', 'a.lock', 'a\nb', '.a', 'a/', 'a@{1}', '']) {
    it(`refuses ${JSON.stringify(name)}, as git does`, async () => {
      const sha = await commit('one');
      const ref = `refs/heads/${name}`;
      const over = request(sha, { ref });
      await expect(git(root, 'check-ref-format', ref)).rejects.toThrow();
      await expect(sources.checkoutInto(over, join(root, 'w'))).rejects.toThrow(/not a branch, tag or pull request/);
      expect(await readdir(root)).toEqual(['origin']);
    });
  }
});
