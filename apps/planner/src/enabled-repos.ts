import type { RepoSnapshot } from '#events';

export const ENABLED_REPOS = Symbol('EnabledRepos');

/** Whether a repository may build: what a person decided, else the patterns of `CAIRN_REPOS`. */
export type EnabledRepos = (repo: string, snapshot: RepoSnapshot | undefined) => boolean;

/** `patterns`: `owner/name` or `owner/*`, with commas; GitHub's names do not tell upper from lower case. */
export const enabledRepos = (patterns: string): EnabledRepos => {
  const names = new Set(patterns.split(',').map((pattern) => pattern.trim().toLowerCase()));
  return (repo, snapshot) => {
    const name = repo.toLowerCase();
    return snapshot?.enabled ?? (names.has(name) || names.has(`${name.split('/')[0] ?? ''}/*`));
  };
};
