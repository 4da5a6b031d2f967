import { parseRepo } from './checked-names.js';
import type { Forge, Forges } from './forge.js';
import { GitForge } from './git-forge.js';
import { isBelow } from './git-root.js';
import { GitHubForge } from './github-forge.js';

export type ForgeSettings = Readonly<{
  /** `CAIRN_GITHUB_URL` */
  githubUrl: string;
  /** `CAIRN_GITHUB_TOKEN` */
  githubToken?: string | undefined;
  /** `CAIRN_GIT_ROOT` */
  gitRoot?: string | undefined;
  /** Where to look for git, in the form of `PATH`. */
  searchPath?: string | undefined;
}>;

/** Plain git for a repository that is below the git root, GitHub for all others. @throws InvalidSettings */
export const createForges = ({ githubUrl, githubToken, gitRoot, searchPath }: ForgeSettings): Forges => {
  const github: Forge = new GitHubForge({ url: githubUrl, token: githubToken });
  const git: Forge | undefined = gitRoot === undefined ? undefined : new GitForge({ root: gitRoot, searchPath });
  return {
    of: (repo) => {
      parseRepo(repo);
      return git !== undefined && gitRoot !== undefined && isBelow(gitRoot, repo) ? git : github;
    },
  };
};
