import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quoted } from '../host-shell/index.js';
import { layShallowRepository } from './git-directory.js';
import { gitLine, runGits, type GitSettings } from './git-process.js';

/** In git's list of object directories a path with a colon has to be quoted. */
const listed = (path: string): string => `"${path.replace(/["\\]/g, '\\$&')}"`;

const empty = async (directory: string): Promise<void> => {
  const names = await readdir(directory);
  await Promise.all(names.map((name) => rm(join(directory, name), { recursive: true, force: true })));
};

/**
 * Makes `directory` what `git checkout <sha>` makes of a clone, from the objects in `objectDirectories`. They are lent
 * through the environment only: the pack in the job's own `.git` holds all that the commit needs. Both processes read
 * the lender and do not need each other, so they run side by side.
 * @throws SourceUnavailable when the commit is not there as a whole; the directory is empty then.
 */
export const fillWorkspace = async (
  settings: GitSettings,
  objectDirectories: readonly string[],
  sha: string,
  directory: string,
  signal?: AbortSignal,
): Promise<void> => {
  const gitDirectory = join(directory, '.git');
  layShallowRepository(gitDirectory, sha);
  const environment = {
    GIT_DIR: gitDirectory,
    GIT_WORK_TREE: directory,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: objectDirectories.map(listed).join(':'),
  };
  // Not synced: what a crash of the machine tears here is thrown away with its job.
  const git = (...args: readonly string[]): string => gitLine(['-c', 'core.fsync=none', ...args]);
  const pack = join(gitDirectory, 'objects/pack/pack');
  const commands = [
    `echo ${quoted(sha)} | ${git('pack-objects', '-q', '--revs', '--window=0', '--delta-base-offset', pack)} & packing=$!`,
    `${git('read-tree', '--reset', '-u', sha)}; read=$?`,
    'wait $packing && exit $read',
  ];
  try {
    await runGits(settings, commands, environment, signal);
  } catch (error) {
    await empty(directory);
    throw error;
  }
};
