import { createHash, randomBytes } from 'node:crypto';
import { access, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceUnavailable, messageOf } from '#errors';
import { layBareRepository } from './git-directory.js';
import { runGit, type GitSettings } from './git-process.js';
import { isPullRequest, type SourceRequest } from './source-request.js';

/** Where a fetched ref is kept: names from outside become neither a path nor a clash between `a` and `a/b`. */
const keptRef = (name: string): string => `refs/cairn/${createHash('sha1').update(name).digest('hex')}`;

/** Where the tags are kept, by their names: they are asked for again, so one that is in the way of a new one goes first. */
export const KEPT_TAGS = 'refs/cairn-tags';

const NO_SUCH_REF = /couldn't find remote ref/;

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * The bare mirror of one repository. `provide` and `remake` must not run side by side for one mirror; readers may read
 * at any time, and find out by themselves when the mirror was replaced under them.
 */
export class Mirror {
  constructor(
    readonly path: string,
    private readonly settings: GitSettings,
  ) {}

  exists(): Promise<boolean> {
    return exists(join(this.path, 'objects'));
  }

  /**
   * Makes sure that the commit is in the mirror, and for a whole history (depth 0) that the tags are those of now.
   * @returns whether anything was fetched
   * @throws SourceUnavailable
   */
  async provide(request: SourceRequest): Promise<boolean> {
    if (!(await this.exists())) {
      await this.remake(request);
      return true;
    }
    const isThere = await this.has(this.path, request.sha);
    if (isThere && request.depth !== 0) return false;
    try {
      await (isThere ? this.fetchTags(this.path, request) : this.fetch(this.path, request));
    } catch (error) {
      // The repository offers the very commit, and the mirror cannot take it: then it is the mirror that is broken.
      if (request.ref !== undefined && (await this.offered(request, request.ref)) !== request.sha) throw error;
      await this.remake(request);
    }
    return true;
  }

  /** Fetches into a new mirror, which replaces this one only when it has the commit. */
  async remake(request: SourceRequest): Promise<void> {
    const suffix = randomBytes(6).toString('hex');
    const [fresh, old] = [`${this.path}.new-${suffix}`, `${this.path}.old-${suffix}`];
    try {
      layBareRepository(fresh);
      await this.fetch(fresh, request);
      if (await exists(this.path)) await rename(this.path, old);
      await rename(fresh, this.path);
    } finally {
      await Promise.all([fresh, old].map((path) => rm(path, { recursive: true, force: true })));
    }
  }

  /**
   * Every fetch leaves a pack; many packs make every look-up slow. The newest are folded together, which costs little
   * each time and drops nothing, so readers are not disturbed.
   */
  async foldPacks(above: number): Promise<void> {
    const packs = (await readdir(join(this.path, 'objects/pack'))).filter((name) => name.endsWith('.pack'));
    if (packs.length <= above) return;
    await this.git(this.path, ['repack', '--geometric=2', '-d', '-q']);
  }

  private async fetch(path: string, request: SourceRequest): Promise<void> {
    await this.fetchCommit(path, request);
    if (request.depth === 0) await this.fetchTags(path, request);
  }

  private async fetchTags(path: string, request: SourceRequest): Promise<void> {
    const failed = await this.tryFetch(path, request, `+refs/tags/*:${KEPT_TAGS}/*`, ['--prune']);
    if (failed !== undefined)
      throw new SourceUnavailable(`the tags of ${request.remote.url} cannot be fetched: ${failed}`);
  }

  private async fetchCommit(path: string, request: SourceRequest): Promise<void> {
    const { ref, sha, remote } = request;
    const kept = (what: string) => this.tryFetch(path, request, `+${what}:${keptRef(what)}`);
    if (ref === undefined) {
      const failed = await kept(sha);
      if (failed === undefined && (await this.has(path, sha))) return;
      const why = failed ?? 'it is not a commit';
      throw new SourceUnavailable(`commit ${sha} cannot be fetched from ${remote.url}: ${why}`);
    }
    const byRef = await kept(ref);
    if (isPullRequest(ref)) {
      if (byRef !== undefined) throw new SourceUnavailable(`${ref} cannot be fetched from ${remote.url}: ${byRef}`);
      if (await this.reaches(path, keptRef(ref), sha)) return;
      throw new SourceUnavailable(`commit ${sha} is not, or no longer, in ${ref} of ${remote.url}`);
    }
    if (byRef === undefined && (await this.has(path, sha))) return;
    if (byRef !== undefined && !NO_SUCH_REF.test(byRef)) {
      throw new SourceUnavailable(`commit ${sha} cannot be fetched from ${remote.url}: ${byRef}`);
    }
    const bySha = await kept(sha);
    if (bySha === undefined && (await this.has(path, sha))) return;
    const why = byRef === undefined ? `${ref} does not lead to it` : `there is no ${ref}`;
    throw new SourceUnavailable(
      `commit ${sha} cannot be fetched from ${remote.url}: ${why}; asked for by itself: ${bySha ?? 'it is not a commit'}`,
    );
  }

  /** @returns git's words when it failed */
  private tryFetch(
    path: string,
    { remote, signal }: SourceRequest,
    refspec: string,
    more: readonly string[] = [],
  ): Promise<string | undefined> {
    const options = [
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-auto-maintenance',
      '--no-recurse-submodules',
    ];
    const args = ['fetch', ...options, ...more, '--end-of-options', remote.url, refspec];
    const environment = { ...remote.environment, GIT_ALLOW_PROTOCOL: remote.protocols };
    // Kept as packs however small, so that `foldPacks` sees them.
    return this.git(path, args, { environment, signal, options: ['-c', 'fetch.unpackLimit=1'] }).then(
      () => undefined,
      (error: unknown) => messageOf(error),
    );
  }

  /** What the ref stands at now; undefined when there is no such ref or no answer. */
  private async offered({ remote, signal }: SourceRequest, ref: string): Promise<string | undefined> {
    const environment = { ...remote.environment, GIT_ALLOW_PROTOCOL: remote.protocols };
    const args = ['ls-remote', '--quiet', '--end-of-options', remote.url, ref];
    const answer = await runGit(this.settings, { args, environment, signal }).catch(() => '');
    const line = answer.split('\n').find((text) => text.endsWith(`\t${ref}`));
    return line?.slice(0, line.indexOf('\t'));
  }

  private has(path: string, sha: string): Promise<boolean> {
    return this.succeeds(path, ['cat-file', '-e', `${sha}^{commit}`]);
  }

  private reaches(path: string, ref: string, sha: string): Promise<boolean> {
    return this.succeeds(path, ['merge-base', '--is-ancestor', sha, ref]);
  }

  private succeeds(path: string, args: readonly string[]): Promise<boolean> {
    return this.git(path, args).then(
      () => true,
      () => false,
    );
  }

  private git(
    path: string,
    args: readonly string[],
    call: { environment?: Record<string, string>; signal?: AbortSignal; options?: readonly string[] } = {},
  ): Promise<string> {
    const { options = [], environment, signal } = call;
    return runGit(this.settings, {
      args: [...options, ...args],
      environment: { ...environment, GIT_DIR: path },
      ...(signal && { signal }),
    });
  }
}
