import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { layJobRepository } from './git-directory.js';
import { runGits, type GitSettings } from './git-process.js';
import { bringHistory, unsynced } from './job-history.js';
import type { SourceRequest } from './source-request.js';

/** In git's list of object directories a path with a colon has to be quoted. */
const listed = (path: string): string => `"${path.replace(/["\\]/g, '\\$&')}"`;

export const empty = async (directory: string): Promise<void> => {
  const names = await readdir(directory);
  await Promise.all(names.map((name) => rm(join(directory, name), { recursive: true, force: true })));
};

/**
 * Makes `directory` what `git checkout <sha>` makes of a clone, from the objects of `lenders`: git directories, for a
 * whole history the mirror alone. They are lent through the environment only: the job's own `.git` gets all that the
 * commit and its history need. Both processes read the lender and do not need each other, so they run side by side.
 * @throws SourceUnavailable when the commit is not there as a whole; the directory is empty then.
 */
export const fillWorkspace = async (
  settings: GitSettings,
  lenders: readonly string[],
  { sha, depth = 1, signal }: SourceRequest,
  directory: string,
): Promise<void> => {
  const gitDirectory = join(directory, '.git');
  layJobRepository(gitDirectory, sha, depth === 1);
  const environment = {
    GIT_DIR: gitDirectory,
    GIT_WORK_TREE: directory,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: lenders.map((lender) => listed(join(lender, 'objects'))).join(':'),
  };
  const commands = [
    `{ ${bringHistory(gitDirectory, sha, depth, lenders)}; } & packing=$!`,
    `${unsynced('read-tree', '--reset', '-u', sha)}; read=$?`,
    'wait $packing && exit $read',
  ];
  try {
    await runGits(settings, commands, environment, signal);
  } catch (error) {
    await empty(directory);
    throw error;
  }
};
