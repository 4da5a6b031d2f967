import { createHash } from 'node:crypto';
import { SubmoduleRefused } from '#errors';
import type { Forge, GitRemote } from '#forge';
import { submoduleRepo } from './submodule-address.js';

/** Where a submodule comes from. `without`: why it is asked for without credentials, if it is. */
export type SubmoduleSource = Readonly<{ repo: string; repoId: string; remote: GitRemote; without?: string }>;

const ownerOf = (repo: string): string => repo.slice(0, repo.indexOf('/')).toLowerCase();

/**
 * Finds the repositories of submodules. Their addresses come from the repository, so anybody who may push wrote them:
 * nothing but the name of a repository of the same forge is taken from one. The runner's credentials, which may read more
 * than the one repository, are used for repositories of the same owner, and never for a pull request from a fork.
 */
export class SubmoduleForge {
  /** `repo`: that of the build. */
  constructor(
    private readonly forge: Forge,
    private readonly repo: string,
    private readonly fork: boolean,
  ) {}

  /** `parent`: the submodule that has it in turn; else it is the repository of the build. @throws SubmoduleRefused */
  async find(url: string, parent = this.repo): Promise<SubmoduleSource> {
    const repo = submoduleRepo(this.forge, parent, url);
    if (repo === undefined) throw new SubmoduleRefused(`it is no repository of the forge that ${this.repo} comes from`);
    const without = this.withoutCredentials(repo);
    const remote = await this.forge.remote(repo, without === undefined ? undefined : 'anonymous');
    // A mirror that was filled with credentials serves nobody who has none.
    const mirror = createHash('sha1')
      .update(`${without === undefined} ${this.forge.kind} ${repo}`)
      .digest('hex');
    return { repo, repoId: `sub-${mirror}`, remote, ...(without === undefined ? {} : { without }) };
  }

  private withoutCredentials(repo: string): string | undefined {
    if (this.forge.kind === 'git') return undefined;
    if (this.fork) return 'a pull request from a fork gets no credentials for submodules';
    return ownerOf(repo) === ownerOf(this.repo) ? undefined : 'credentials are for repositories of the same owner only';
  }
}
