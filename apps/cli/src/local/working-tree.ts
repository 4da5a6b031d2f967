import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const SPEC = '.cairn.yml';

/** The root of the working tree that a directory is in; without git the directory itself. */
export const rootOf = (directory: string): string => {
  for (let at = resolve(directory); ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === dirname(at)) return resolve(directory);
  }
};

/** What git says about a working tree, with something in its place where git says nothing. */
export type WorkingTree = Readonly<{
  root: string;
  /** `owner/name` of the remote `origin`, else `local/<directory>`. */
  repo: string;
  branch: string;
  defaultBranch: string;
  /** 40 zeros where there is no commit. */
  sha: string;
}>;

const NO_COMMIT = '0'.repeat(40);
const REPO = /[/:]([A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+?)(?:\.git)?\/?$/;

const named = (root: string): string => `local/${basename(root).replaceAll(/[^A-Za-z0-9_-]/g, '-') || 'tree'}`;

export const workingTree = async (root: string): Promise<WorkingTree> => {
  const ask = (...args: string[]): Promise<string | undefined> =>
    promisify(execFile)('git', ['-C', root, ...args]).then(
      ({ stdout }) => stdout.trim() || undefined,
      () => undefined, // no git, no repository or no such thing: all the same here
    );
  const [sha, branch, origin, remoteHead] = await Promise.all([
    ask('rev-parse', '--quiet', '--verify', 'HEAD^{commit}'),
    ask('symbolic-ref', '--quiet', '--short', 'HEAD'),
    ask('config', '--get', 'remote.origin.url'),
    ask('symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'),
  ]);
  const defaultBranch = remoteHead?.replace(/^origin\//, '') ?? (branch === 'master' ? 'master' : 'main');
  return {
    root,
    repo: REPO.exec(origin ?? '')?.[1] ?? named(root),
    branch: branch ?? defaultBranch,
    defaultBranch,
    sha: sha ?? NO_COMMIT,
  };
};
