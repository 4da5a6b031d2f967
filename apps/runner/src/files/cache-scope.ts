import { createHash } from 'node:crypto';
import type { Trigger } from '#events';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
const branchScope = (branch: string): string => `branch-${hashOf(branch)}`;
/** Whatever the default branch is called: it may be renamed. */
const DEFAULT = 'default';

/** Whose caches a build may use: it writes to the first, and reads them all in this order. */
export type CacheScopes = readonly [string, ...string[]];

/**
 * By what the forge has verified alone: the event and its ref. A pull request has a scope of its own and reads those of its
 * base and of the default branch: code that nobody has looked at never writes what a branch reads.
 */
export const cacheScopes = ({ isDefaultBranch, ref, branch, tag, pullRequest }: Trigger): CacheScopes => {
  if (pullRequest) return [`pr-${pullRequest.number}`, branchScope(pullRequest.base), DEFAULT];
  if (isDefaultBranch) return [DEFAULT];
  if (branch !== undefined) return [branchScope(branch), DEFAULT];
  return [`tag-${hashOf(tag ?? ref)}`, DEFAULT];
};
