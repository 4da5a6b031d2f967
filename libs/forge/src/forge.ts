/**
 * A repository as its forge knows it. `id` is a positive safe integer and never changes, `name` (`owner/name`) may.
 * Plain git: `git config cairn.repoId`, else a number from the hash of the name; `defaultBranch` is where HEAD points.
 */
export type ForgeRepo = Readonly<{ id: number; name: string; defaultBranch: string }>;

export type StatusState = 'pending' | 'success' | 'failure' | 'error';
/** A commit status, as GitHub has it. A `description` of more than 140 characters is cut, the last one being `…`. */
export type CommitStatus = Readonly<{
  sha: string;
  context: string;
  state: StatusState;
  description: string;
  targetUrl?: string;
}>;

/** The statuses of commits. Of those with one context the newest counts. */
export type StatusBoard = Readonly<{
  create(repo: string, status: CommitStatus): Promise<void>;
  /** Those of a commit and context, the newest first; at most so many. */
  newest(repo: string, sha: string, context: string, most: number): Promise<readonly CommitStatus[]>;
}>;

/** Where the files of Git LFS are: at a server that speaks its batch API, or on this machine. */
export type LargeFilePlace =
  | Readonly<{
      url: string;
      /** The value of the header of that name, for this server alone. */
      authorization?: string;
    }>
  | Readonly<{ directory: string }>;

/**
 * How a runner gets the source: `git fetch <url> <refspec>`, with the URL itself as the remote, because settings in
 * `environment` are bound to it. Credentials are in `environment` only, never in an argument or the URL.
 * `environment` uses `GIT_CONFIG_COUNT` from index 0: whoever adds settings goes on counting.
 */
export type GitRemote = Readonly<{
  url: string;
  /** Protocols that git may use: the value for GIT_ALLOW_PROTOCOL. */
  protocols: string;
  environment: Readonly<Record<string, string>>;
  largeFiles?: LargeFilePlace;
}>;

/**
 * The place that keeps the source. `repo` is always `owner/name` of an enabled repository, never a URL from a payload;
 * a `sha` is 40 lower-case hex digits. Calls may run at once; none waits longer than about half a minute, longer waits
 * are the caller's own.
 * All methods @throws ForgeUnavailable (worth another try; `retryAfterMs` when the forge said so) ·
 * RepositoryUnknown · ForgeRefused (an answer that another try will not change, or arguments that no forge would take).
 */
export interface Forge {
  readonly kind: 'github' | 'git';
  repository(repo: string): Promise<ForgeRepo>;
  /**
   * The text (UTF-8) of a file at a commit, undefined when the commit has no such file. A link inside the repository is
   * followed; a directory, a submodule or a link that leads out is no file.
   * @throws FileTooLarge above `maxBytes` · CommitUnknown when the repository has no such commit (it may be on its way)
   */
  fileAt(repo: string, sha: string, path: string, maxBytes: number): Promise<string | undefined>;
  /**
   * The commit that a branch, tag (peeled) or full ref (`refs/…`) stands at; undefined when there is no such ref. A short
   * name is a branch first, a tag second. Expressions (`main~1`) and abbreviated commits are no refs.
   */
  resolve(repo: string, ref: string): Promise<string | undefined>;
  /**
   * The paths that `head` has changed since it parted from `before`, old and new ones of what was renamed. Undefined when
   * that is not known: a commit is not there any more, they have nothing in common, or there are more than are told.
   */
  changedFiles(repo: string, before: string, head: string): Promise<readonly string[] | undefined>;
  /** Undefined when the forge keeps no statuses (plain git). */
  readonly statuses: undefined | StatusBoard;
  /** `anonymous`: without the credentials of the settings, so that only what everybody may read can be read. */
  remote(repo: string, as?: 'anonymous'): Promise<GitRemote>;
  /**
   * The repository of this forge (`owner/name`, which may not be there) that a URL means, in any of the ways to write it
   * for git. Undefined for every other URL. The URL itself is never asked.
   */
  named(url: string): string | undefined;
}

/** Finds the forge of a repository. */
export interface Forges {
  /** @throws ForgeRefused when `repo` is no `owner/name`. */
  of(repo: string): Forge;
}
