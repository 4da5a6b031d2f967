import { SubmoduleRefused, messageOf } from '#errors';
import { runGit, type GitSettings } from './git-process.js';

/** As a commit and its `.gitmodules` have it. All but `sha` was written by whoever may push. */
export type Submodule = Readonly<{ path: string; url: string; sha: string }>;

const ENTRY = /^160000 commit ([0-9a-f]{40})\t([^]+)$/;
const FILE = '.gitmodules';
/** Of names that git's own rules refuse in a tree as well, so that nothing depends on them alone. */
const UNSAFE_PART = /^(?:\.{0,2}|\.git|git~1)$/i;

const shown = (text: string): string => JSON.stringify(text.slice(0, 120));

/** Paths in the settings of `.gitmodules`, with their addresses. The first counts where there are two. */
const addresses = (settings: string): Map<string, string> => {
  const modules = new Map<string, { path?: string; url?: string }>();
  for (const setting of settings.split('\0')) {
    const [, name = '', key = '', value = ''] = /^submodule\.([^\n]*)\.(path|url)\n([^]*)$/.exec(setting) ?? [];
    if (key === 'path' || key === 'url') modules.set(name, { [key]: value, ...modules.get(name) });
  }
  const known = [...modules.values()].flatMap(({ path, url }) =>
    path === undefined || url === undefined ? [] : [[path.replace(/\/+$/, ''), url] as const],
  );
  return new Map(known.reverse());
};

/**
 * The submodules of a commit, in the order of their paths. `gitDirectory`: of a repository that has the commit. What else
 * `.gitmodules` says (branches, commands) has no effect.
 * @throws SubmoduleRefused
 */
export const submodulesOf = async (
  settings: GitSettings,
  gitDirectory: string,
  sha: string,
  signal?: AbortSignal,
): Promise<readonly Submodule[]> => {
  const git = (args: readonly string[], lines?: RegExp): Promise<string> =>
    runGit(settings, { args, environment: { GIT_DIR: gitDirectory }, whole: true, lines, ...(signal && { signal }) });
  const tree = ['-c', 'core.quotePath=false', 'ls-tree', '-r', '--full-tree', sha];
  const found = (await git(tree, /^160000 |^100(?:644|755) blob \S+\t\.gitmodules$/)).split('\n').filter(Boolean);
  const links = found.flatMap((line) => {
    const [, commit = '', path = ''] = ENTRY.exec(line) ?? [];
    return commit === '' ? [] : [{ sha: commit, path }];
  });
  if (links.length === 0) return [];
  const has = links.length < found.length;
  const text = has
    ? await git(['config', `--blob=${sha}:${FILE}`, '--no-includes', '--null', '--list']).catch((error: unknown) => {
        throw new SubmoduleRefused(`${FILE} cannot be read: ${messageOf(error)}`);
      })
    : '';
  const urls = addresses(text);
  return links.map((link) => {
    const { path } = link;
    if (path.startsWith('"') || path.split('/').some((part) => UNSAFE_PART.test(part)))
      throw new SubmoduleRefused(`submodule ${shown(path)}: this path is not allowed`);
    const url = urls.get(path);
    if (url === undefined) throw new SubmoduleRefused(`submodule ${shown(path)}: ${FILE} does not say where it is`);
    return { ...link, url };
  });
};
