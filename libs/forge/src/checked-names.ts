import { ForgeRefused } from '#errors';

const REPO_NAME = /^([A-Za-z0-9_.-]+)\/([A-Za-z0-9_.-]+)$/;
/** `.git` names a repository's inside, or the same repository twice; GitHub refuses it as the end of a name too. */
const RESERVED_PART = /^\.{1,2}$|\.git$/i;
const SHA = /^[0-9a-f]{40}$/;
// eslint-disable-next-line no-control-regex -- control characters are what git refuses in a ref
const NOT_IN_REF = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.lock(\/|$)|(^|\/)\.|^\/|[/.]$|^@$/;

const quoted = (value: string): string => JSON.stringify(value.slice(0, 120));

/** `owner/name` in its two parts; undefined for everything that is not safe as a piece of a path or URL. */
const partsOf = (repo: string): { owner: string; name: string } | undefined => {
  const [, owner = '', name = ''] = REPO_NAME.exec(repo) ?? [];
  if (owner === '' || RESERVED_PART.test(owner) || RESERVED_PART.test(name)) return undefined;
  return { owner, name };
};

export const isRepo = (text: string): boolean => partsOf(text) !== undefined;

/** `owner/name` in its two parts, safe as a piece of a path or URL. @throws ForgeRefused */
export const parseRepo = (repo: string): { owner: string; name: string } => {
  const parts = partsOf(repo);
  if (!parts) throw new ForgeRefused(`${quoted(repo)} is not the name of a repository: owner/name is expected`);
  return parts;
};

/** @throws ForgeRefused */
export const checkSha = (sha: string): void => {
  if (!SHA.test(sha)) throw new ForgeRefused(`${quoted(sha)} is not a commit: 40 hex digits are expected`);
};

/** A path inside a repository, relative, in one form only. @throws ForgeRefused */
export const checkPath = (path: string): void => {
  const parts = path.split('/');
  // eslint-disable-next-line no-control-regex -- a line feed would begin another request to git
  if (/[\x00-\x1f\x7f]/.test(path) || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new ForgeRefused(`${quoted(path)} is not a path inside a repository`);
  }
};

/**
 * The full refs that a name may mean, most likely first; none when git would never take it as a ref (the rules of
 * `git check-ref-format`), so that no expression is ever evaluated.
 */
export const refsFor = (name: string): readonly string[] => {
  if (name === '' || NOT_IN_REF.test(name)) return [];
  return name.startsWith('refs/') ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`];
};
