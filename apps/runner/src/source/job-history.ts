import { quoted } from '../host-shell/index.js';
import { gitLine } from './git-process.js';
import { KEPT_TAGS } from './mirror.js';

// Not synced: what a crash of the machine tears here is thrown away with its job.
export const unsynced = (...args: readonly string[]): string => gitLine(['-c', 'core.fsync=none', ...args]);

const packOf = (gitDirectory: string): string => {
  const options = ['-q', '--revs', '--window=0', '--delta-base-offset'];
  return unsynced('pack-objects', ...options, `${gitDirectory}/objects/pack/pack`);
};

/** One commit: what `shallow` leaves of its history. */
const theCommit = (gitDirectory: string, sha: string): string => `echo ${quoted(sha)} | ${packOf(gitDirectory)}`;

/** All that leads to the commit, and the tags that stand there, by the names that they have in the repository. */
const all = (gitDirectory: string, sha: string, mirror: string): string => {
  const tags = quoted(`${gitDirectory}/packed-refs`);
  const format = '%(objectname) refs/tags/%(refname:lstrip=2)';
  const list = gitLine(['for-each-ref', `--merged=${sha}`, `--format=${format}`, KEPT_TAGS]);
  return [
    `GIT_ALTERNATE_OBJECT_DIRECTORIES= GIT_DIR=${quoted(mirror)} ${list} >${tags}`,
    `{ echo ${quoted(sha)}; cut -d' ' -f1 ${tags}; } | ${packOf(gitDirectory)}`,
  ].join(' && ');
};

/**
 * So many commits, as git counts them, which writes down where history ends. What lends its objects is a repository of
 * this runner or one below the git root: the protocol is allowed for it alone.
 */
const some = (gitDirectory: string, sha: string, lenders: readonly string[], depth: number): string => {
  const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules'];
  const from = lenders.map((lender) => {
    const server = ['git', '-c', `safe.directory=${lender}`, '-c', 'uploadpack.allowAnySHA1InWant=true', 'upload-pack'];
    const upload = `--upload-pack=${server.map(quoted).join(' ')}`;
    const args = ['fetch', ...options, `--depth=${depth}`, upload, '--end-of-options', lender, sha];
    const fetch = unsynced('-c', 'fetch.unpackLimit=1', ...args);
    return `GIT_ALTERNATE_OBJECT_DIRECTORIES= GIT_ALLOW_PROTOCOL=file ${fetch}`;
  });
  // Until it is there, HEAD must not say that it is.
  const head = quoted(`${gitDirectory}/HEAD`);
  return `echo 'ref: refs/heads/none' >${head}; { ${from.join(' || ')}; } && echo ${quoted(sha)} >${head}`;
};

/** A command for a shell that brings `depth` commits of history (0: all) from the lenders into a job's own `.git`. */
export const bringHistory = (gitDirectory: string, sha: string, depth: number, lenders: readonly string[]): string => {
  if (depth === 1) return theCommit(gitDirectory, sha);
  return depth === 0 ? all(gitDirectory, sha, lenders[0] ?? '') : some(gitDirectory, sha, lenders, depth);
};
