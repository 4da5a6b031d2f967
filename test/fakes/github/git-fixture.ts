import { execFile } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Nothing of the machine's or the user's settings; the same content gives the same commit. */
const ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_AUTHOR_DATE: '2024-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  GIT_COMMITTER_DATE: '2024-01-01T00:00:00Z',
};

/** Content of a file, or where a symbolic link points; undefined removes it. */
export type FixtureFile = string | Uint8Array | Readonly<{ link: string }> | undefined;

export type GitFixture = Readonly<{
  /** The working copy. */
  dir: string;
  /** Its git directory. */
  gitDir: string;
  git(...args: readonly string[]): Promise<string>;
  /** Commits files, by path; gives the sha. */
  commit(files: Readonly<Record<string, FixtureFile>>, message?: string): Promise<string>;
}>;

/** Runs git in a directory and gives its output, for tests. `environment` is added. */
export const runGit = async (
  dir: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const { stdout } = await run('git', [...args], { cwd: dir, env: { ...ENVIRONMENT, ...environment } });
  return stdout.trim();
};

/** A new repository with a working copy, on branch `main`, without commits. */
export const createGitFixture = async (dir: string): Promise<GitFixture> => {
  await mkdir(dir, { recursive: true });
  const git = (...args: readonly string[]): Promise<string> => runGit(dir, args);
  await git('init', '--quiet', '--initial-branch=main');
  return {
    dir,
    gitDir: join(dir, '.git'),
    git,
    commit: async (files, message = 'A change') => {
      for (const [path, file] of Object.entries(files)) {
        const target = join(dir, path);
        await rm(target, { recursive: true, force: true });
        if (file === undefined) continue;
        await mkdir(dirname(target), { recursive: true });
        await (typeof file === 'object' && 'link' in file ? symlink(file.link, target) : writeFile(target, file));
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
      return git('rev-parse', 'HEAD');
    },
  };
};
