import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { ForgeRefused, RepositoryUnknown } from '#errors';
import { parseRepo } from './checked-names.js';

/** Where the repository's git directory may be: bare, or in a working copy. */
const candidates = (root: string, repo: string): readonly string[] => {
  const { owner, name } = parseRepo(repo);
  return [join(root, owner, `${name}.git`), join(root, owner, name, '.git'), join(root, owner, name)];
};

/** As git itself tells a git directory; a `.git` file that points elsewhere is none. */
const isGitDir = (path: string): boolean => existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects'));

/** Says whether there is such a repository; blocks for a few microseconds. @throws ForgeRefused for a wrong name */
export const isBelow = (root: string, repo: string): boolean => candidates(root, repo).some(isGitDir);

/** The real path of the repository's git directory. @throws RepositoryUnknown · ForgeRefused when a link leads out */
export const locate = async (root: string, repo: string): Promise<string> => {
  const found = candidates(root, repo).find(isGitDir);
  if (found === undefined) throw new RepositoryUnknown(repo);
  const [realRoot, real] = await Promise.all([realpath(root), realpath(found)]);
  const inside = relative(realRoot, real);
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new ForgeRefused(`${repo} is a link that leads out of CAIRN_GIT_ROOT`);
  }
  return real;
};
