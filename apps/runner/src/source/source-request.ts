import { SourceUnavailable } from '#errors';
import type { GitRemote } from '#forge';
import type { SubmoduleForge } from './submodule-forge.js';

/**
 * Which commit of which repository. `repoId`: `gh-<n>`, names the mirror. `ref`: a full ref, the one that brought the
 * commit; without it the commit is asked for by itself.
 */
export type SourceRequest = Readonly<{
  repoId: string;
  remote: GitRemote;
  ref?: string | undefined;
  sha: string;
  /** How many commits of history; 0: all of it, and the tags in it. Without it: one. */
  depth?: number;
  /** With submodules, if they are found by this; without it their folders stay empty. */
  submodules?: SubmoduleForge;
  /** With the files of Git LFS in the place of their pointers, also in submodules. */
  largeFiles?: boolean;
  /** Ends the checkout early; git is killed. */
  signal?: AbortSignal;
}>;

const REPO_ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
const SHA = /^[0-9a-f]{40}$/;
const REF = /^refs\/(?:heads|tags|pull)\/[^/]/;
/** What git's own check of a ref refuses; `*` and `:` would also change what a refspec means. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const NO_REF = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[/.]$/;
/** A leading dash would be an option; `name::` picks a helper program; a password does not belong in a URL. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const NO_URL = /^-|^[^/]*::|[\x00-\x1f\x7f]|^[a-z+]+:\/\/[^/@]*:[^/@]*@/;

const shown = (text: string): string => JSON.stringify(text.slice(0, 120));

/** @throws SourceUnavailable when something in it cannot be handed to git; nothing has been started then. */
export const checkSourceRequest = ({ repoId, remote, ref, sha, depth = 1 }: SourceRequest): void => {
  if (!REPO_ID.test(repoId)) throw new SourceUnavailable(`${shown(repoId)} is not a repository id`);
  if (!SHA.test(sha)) throw new SourceUnavailable(`${shown(sha)} is not a commit: 40 hexadecimal digits are needed`);
  if (!Number.isSafeInteger(depth) || depth < 0) throw new SourceUnavailable(`${depth} is not a number of commits`);
  if (ref !== undefined && (!REF.test(ref) || NO_REF.test(ref))) {
    throw new SourceUnavailable(
      `${shown(ref)} is not a branch, tag or pull request that git knows; expected refs/heads/…`,
    );
  }
  if (NO_URL.test(remote.url)) throw new SourceUnavailable('the address of the repository cannot be given to git');
};

/** A pull request's head may come from a fork: its commit must be vouched for by the ref, not just exist on the server. */
export const isPullRequest = (ref: string | undefined): ref is string => ref?.startsWith('refs/pull/') === true;
