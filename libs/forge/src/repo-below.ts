import { isAbsolute, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRepo } from './checked-names.js';

const pathOf = (url: string): string | undefined => {
  if (isAbsolute(url)) return url;
  try {
    return url.startsWith('file:///') ? fileURLToPath(url) : undefined;
  } catch {
    return undefined; // no path of this machine
  }
};

/** By the names alone; whether there is such a repository, and no link leads out, is seen when it is looked for. */
export const repoBelow = (url: string, root: string): string | undefined => {
  const path = pathOf(url);
  if (path === undefined) return undefined;
  const repo = relative(resolve(root), resolve(path))
    .split(sep)
    .join('/')
    .replace(/\/\.git$|\.git$/, '');
  return isRepo(repo) ? repo : undefined;
};
