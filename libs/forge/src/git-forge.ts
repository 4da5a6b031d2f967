import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommitUnknown, FileTooLarge, ForgeRefused } from '#errors';
import { CatFile } from './cat-file.js';
import { checkPath, checkSha, refsFor } from './checked-names.js';
import { readText } from './file-text.js';
import type { Forge, ForgeRepo, GitRemote } from './forge.js';
import { askGit, listFromGit, type GitPlace } from './git-command.js';
import { locate } from './git-root.js';
import { repoBelow } from './repo-below.js';

/** More changed files than anybody filters by. */
const MOST_CHANGED = 10_000;
const BRANCHES = 'refs/heads/';
const DEFAULT_SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin';

/** In the upper half of the safe integers, so that it meets no id that GitHub gives. */
const idFromName = (repo: string): number =>
  2 ** 52 + Number(createHash('sha256').update(repo).digest().readBigUInt64BE() >> 12n);

const inShellQuotes = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export type GitForgeOptions = Readonly<{
  /** `CAIRN_GIT_ROOT`: repositories are `<root>/<owner>/<name>.git` or `<root>/<owner>/<name>`, bare or not. */
  root: string;
  /** Where to look for git, in the form of `PATH`. */
  searchPath?: string | undefined;
}>;

/**
 * Plain git below one directory, read where it is. A repository that belongs to another user of this machine is read all
 * the same: whoever sets the root vouches for it. Keeps no statuses.
 */
export class GitForge implements Forge {
  readonly kind = 'git';
  readonly statuses = undefined;

  constructor(private readonly options: GitForgeOptions) {}

  async repository(repo: string): Promise<ForgeRepo> {
    const place = await this.place(repo);
    const [id, head] = await Promise.all([
      askGit(place, ['config', '--local', '--get', 'cairn.repoId']),
      askGit(place, ['symbolic-ref', '--quiet', 'HEAD']),
    ]);
    if (id !== undefined && !(/^[1-9][0-9]*$/.test(id) && Number.isSafeInteger(Number(id)))) {
      throw new ForgeRefused(`${repo}: git config cairn.repoId must be a whole number from 1 to 2^53-1`);
    }
    if (!head?.startsWith(BRANCHES)) {
      throw new ForgeRefused(`${repo} has no default branch: HEAD is detached; set it with git symbolic-ref HEAD`);
    }
    return {
      id: id === undefined ? idFromName(repo) : Number(id),
      name: repo,
      defaultBranch: head.slice(BRANCHES.length),
    };
  }

  async fileAt(repo: string, sha: string, path: string, maxBytes: number): Promise<string | undefined> {
    checkSha(sha);
    checkPath(path);
    const objects = new CatFile(await this.place(repo), ['--batch', '--follow-symlinks']);
    try {
      const file = await objects.ask(`${sha}:${path}`);
      if (file.kind === 'missing' && (await objects.ask(`${sha}^{commit}`)).kind === 'missing') {
        throw new CommitUnknown(repo, sha);
      }
      if (file.kind !== 'blob') return undefined;
      if (file.size > maxBytes) throw new FileTooLarge(path, maxBytes);
      return await readText(objects.content(file.size), path, maxBytes);
    } finally {
      objects.end();
    }
  }

  async resolve(repo: string, ref: string): Promise<string | undefined> {
    const place = await this.place(repo);
    const refs = refsFor(ref);
    if (refs.length === 0) return undefined;
    const objects = new CatFile(place, ['--batch-check']);
    try {
      for (const full of refs) {
        const commit = await objects.ask(`${full}^{commit}`);
        if (commit.kind === 'commit') return commit.id;
      }
      return undefined;
    } finally {
      objects.end();
    }
  }

  async changedFiles(repo: string, before: string, head: string): Promise<readonly string[] | undefined> {
    const commits = [before, head];
    commits.forEach(checkSha);
    const place = await this.place(repo);
    const objects = new CatFile(place, ['--batch-check']);
    try {
      for (const commit of commits) if ((await objects.ask(`${commit}^{commit}`)).kind === 'missing') return undefined;
    } finally {
      objects.end();
    }
    const base = await askGit(place, ['merge-base', ...commits]);
    if (base === undefined) return undefined;
    const options = ['-r', '-z', '--name-only', '--no-renames'];
    return listFromGit(place, ['diff-tree', ...options, base, head], MOST_CHANGED);
  }

  named(url: string): string | undefined {
    return repoBelow(url, this.options.root);
  }

  async remote(repo: string): Promise<GitRemote> {
    const { gitDir } = await this.place(repo);
    const url = pathToFileURL(gitDir).href;
    return {
      url,
      protocols: 'file',
      largeFiles: { directory: join(gitDir, 'lfs/objects') },
      environment: {
        GIT_CONFIG_COUNT: '1',
        // The process that serves a local fetch gets no settings from the one that fetches: only its command line is left
        // to say that the owner of the directory does not matter. A path has no secrets.
        GIT_CONFIG_KEY_0: `remote.${url}.uploadpack`,
        GIT_CONFIG_VALUE_0: `git -c safe.directory=${inShellQuotes(gitDir)} upload-pack`,
      },
    };
  }

  private async place(repo: string): Promise<GitPlace> {
    const { root, searchPath = DEFAULT_SEARCH_PATH } = this.options;
    return { gitDir: await locate(root, repo), searchPath };
  }
}
