import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256 } from '#events';
import { takeSnapshot } from './snapshot.js';

const run = promisify(execFile);

describe('a snapshot of a working tree', () => {
  let directory: string;
  let root: string;
  const environment = () => ({
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@b',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@b',
  });
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', args, { cwd: root, env: environment() })).stdout.trim();
  const write = (name: string, text: string): Promise<void> => writeFile(join(root, name), text);
  const repository = (): string => join(directory, 'new.git');
  const snapshot = (tree = root): Promise<string> =>
    takeSnapshot({
      root: tree,
      repository: repository(),
      ref: 'refs/heads/topic',
      searchPath: process.env['PATH'] ?? '',
      home: directory,
    });
  const files = async (sha: string): Promise<string[]> =>
    (await run('git', ['--git-dir', repository(), 'ls-tree', '-r', '--name-only', sha])).stdout.trim().split('\n');
  const content = async (sha: string, name: string): Promise<string> =>
    (await run('git', ['--git-dir', repository(), 'show', `${sha}:${name}`])).stdout;
  /** Every file of the working tree's own git directory, with what is in it. */
  const ownGit = async (): Promise<string[]> => {
    const entries = await readdir(join(root, '.git'), { withFileTypes: true, recursive: true });
    const all = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return Promise.all(all.sort().map(async (file) => `${file} ${sha256(await readFile(file))}`));
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-snapshot-'));
    root = join(directory, 'tree');
    await mkdir(root);
    await write('.cairn.yml', 'steps: [ls]\n');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const commit = async (): Promise<string> => {
    await git('init', '--quiet', '--initial-branch=main');
    for (const name of ['kept', 'changed', 'deleted']) await write(name, `${name}\n`);
    await write('.gitignore', 'ignored\n');
    await git('add', '--all');
    await git('commit', '--quiet', '--message=first');
    return git('rev-parse', 'HEAD');
  };

  it('of an unchanged tree is the commit itself', async () => {
    const head = await commit();
    expect(await snapshot()).toBe(head);
    expect((await run('git', ['--git-dir', repository(), 'rev-parse', 'refs/heads/topic'])).stdout.trim()).toBe(head);
  });

  it('has what is there, tracked or not, and not what is ignored; its parent is what is checked out', async () => {
    const head = await commit();
    await write('changed', 'anew\n');
    await write('staged', 'staged\n');
    await git('add', 'staged');
    await write('untracked', 'untracked\n');
    await chmod(join(root, 'untracked'), 0o755);
    await symlink('kept', join(root, 'link'));
    await write('ignored', 'ignored\n');
    await rm(join(root, 'deleted'));
    const before = [await ownGit(), await git('status', '--porcelain')];
    const sha = await snapshot();
    expect(await files(sha)).toEqual(
      ['.cairn.yml', '.gitignore', 'changed', 'kept', 'link', 'staged', 'untracked'].sort(),
    );
    expect(await content(sha, 'changed')).toBe('anew\n');
    expect((await run('git', ['--git-dir', repository(), 'rev-parse', `${sha}^`])).stdout.trim()).toBe(head);
    expect([await ownGit(), await git('status', '--porcelain')]).toEqual(before);
  });

  it('has the spec also when git ignores it', async () => {
    await commit();
    await git('rm', '--quiet', '--cached', '.cairn.yml');
    await write('.gitignore', '.cairn.yml\n');
    expect(await files(await snapshot())).toContain('.cairn.yml');
  });

  it('needs no repository', async () => {
    await write('file', 'text\n');
    await write('.gitignore', 'ignored\n');
    await write('ignored', 'ignored\n');
    expect(await files(await snapshot())).toEqual(['.cairn.yml', '.gitignore', 'file']);
  });

  it('is taken of a repository without a commit, and of a shallow clone', async () => {
    await git('init', '--quiet');
    expect(await files(await snapshot())).toEqual(['.cairn.yml']);
    await git('add', '--all');
    for (const message of ['first', 'second']) await git('commit', '--quiet', '--allow-empty', '--message', message);
    const clone = join(directory, 'clone');
    await run('git', ['clone', '--quiet', '--depth=1', `file://${root}`, clone], { env: environment() });
    await writeFile(join(clone, 'more'), 'more\n');
    await rm(repository(), { recursive: true });
    const sha = await snapshot(clone);
    expect(await files(sha)).toEqual(['.cairn.yml', 'more']);
    const log = await run('git', ['--git-dir', repository(), 'log', '--format=%s', sha]);
    expect(log.stdout.trim().split('\n')).toEqual(['The working tree, with what is not committed yet', 'second']);
  });

  it('is taken of a further worktree', async () => {
    await commit();
    const tree = join(directory, 'further');
    await git('worktree', 'add', '--quiet', tree, '-b', 'further');
    await writeFile(join(tree, 'more'), 'more\n');
    expect(await files(await snapshot(tree))).toContain('more');
  });
});
