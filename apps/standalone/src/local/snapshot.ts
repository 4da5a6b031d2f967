import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LocalRunFailed } from '#errors';
import { gitWith, type Git } from '../git.js';

export type SnapshotOptions = Readonly<{
  /** The working tree's root; it need not be a git repository. */
  root: string;
  /** Where the bare repository is made. */
  repository: string;
  /** A full ref, which the snapshot is put on. */
  ref: string;
  searchPath: string;
  /** Whose settings git reads: what to ignore, how lines end. */
  home: string;
}>;

const SPEC = '.cairn.yml';
const PERSON = { NAME: 'Cairn', EMAIL: 'cairn@localhost' };
/** Nothing may be left in the working tree's own git directory, or be started from there. */
const QUIET = ['core.splitIndex=false', 'core.fsmonitor=false', 'gc.auto=0', 'core.hooksPath=/dev/null'];
const OPTIONS = QUIET.flatMap((setting) => ['-c', setting]);

const fail = (why: string, options?: ErrorOptions): Error =>
  new LocalRunFailed(`the working tree cannot be read: ${why}`, options);

/** What is there of the working tree's own repository. */
type Own = Readonly<{ gitDir: string; objects: string; index: string; shallow: string; head: string | undefined }>;

const ownRepository = async (root: string, environment: Readonly<Record<string, string>>): Promise<Own | undefined> => {
  const ask = gitWith(environment, fail);
  const inRoot: Git = (args) => ask(['-C', root, ...args]);
  const gitDir = await inRoot(['rev-parse', '--absolute-git-dir']).catch(() => undefined);
  if (gitDir === undefined) return undefined;
  const paths = ['objects', 'index', 'shallow'].flatMap((name) => ['--git-path', name]); // a worktree has them apart
  const found = (await inRoot(['rev-parse', ...paths])).split('\n').map((path) => resolve(root, path));
  const [objects = '', index = '', shallow = ''] = found;
  const head = await inRoot(['rev-parse', '--quiet', '--verify', 'HEAD^{commit}']).catch(() => undefined);
  return { gitDir, objects, index, shallow, head };
};

const copyIfThere = (from: string, to: string): Promise<void> => copyFile(from, to).catch(() => undefined);

/**
 * The files of a working tree, tracked or not but not those that git ignores, as a commit on a ref of a bare repository of
 * its own. An unchanged tree is the commit that is checked out; else the snapshot is its child. What is written goes to
 * the new repository: the working tree's own, with its index, HEAD and refs, is only read.
 * @returns the commit. @throws LocalRunFailed
 */
export const takeSnapshot = async (options: SnapshotOptions): Promise<string> => {
  const { root, repository, ref, searchPath, home } = options;
  const base = { PATH: searchPath, HOME: home, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
  await mkdir(repository, { recursive: true });
  const inNew = gitWith({ ...base, GIT_DIR: repository }, fail);
  await inNew([...OPTIONS, 'init', '--quiet', '--bare']);
  const own = await ownRepository(root, base);
  if (own) {
    await writeFile(join(repository, 'objects/info/alternates'), `${own.objects}\n`);
    await copyIfThere(own.shallow, join(repository, 'shallow'));
    await copyIfThere(own.index, join(repository, 'snapshot-index')); // what it knows need not be read again
  }
  const inTree = gitWith(
    {
      ...base,
      GIT_DIR: own?.gitDir ?? repository,
      GIT_WORK_TREE: root,
      GIT_INDEX_FILE: join(repository, 'snapshot-index'),
      GIT_OBJECT_DIRECTORY: join(repository, 'objects'),
      ...(own && { GIT_ALTERNATE_OBJECT_DIRECTORIES: own.objects }),
      ...personOf('AUTHOR'),
      ...personOf('COMMITTER'),
    },
    fail,
  );
  const git: Git = (args, input) => inTree(['-C', root, ...OPTIONS, ...args], input);
  await git(['add', '--all']);
  await git(['add', '--force', '--', SPEC]);
  const tree = await git(['write-tree']);
  const sha = await commitOf(git, tree, own?.head);
  await inNew([...OPTIONS, 'update-ref', ref, sha]);
  return sha;
};

const personOf = (role: string): Record<string, string> =>
  Object.fromEntries(Object.entries(PERSON).map(([key, value]) => [`GIT_${role}_${key}`, value]));

const commitOf = async (git: Git, tree: string, head: string | undefined): Promise<string> => {
  if (head === undefined) return git(['commit-tree', tree], 'The working tree\n');
  if ((await git(['rev-parse', `${head}^{tree}`])) === tree) return head;
  return git(['commit-tree', tree, '-p', head], 'The working tree, with what is not committed yet\n');
};
