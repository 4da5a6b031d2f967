/** A repository as its forge knows it. `id` never changes, `name` (`owner/name`) may. */
export type ForgeRepo = Readonly<{ id: number; name: string; defaultBranch: string }>;

export type StatusState = 'pending' | 'success' | 'failure' | 'error';
/** A commit status, as GitHub has it. `description` of at most 140 characters. */
export type CommitStatus = Readonly<{
  sha: string;
  context: string;
  state: StatusState;
  description: string;
  targetUrl?: string;
}>;

/** How a runner gets the source: for `git fetch`. Credentials go by environment, never by argument or URL. */
export type GitRemote = Readonly<{
  url: string;
  /** Protocols that git may use: the value for GIT_ALLOW_PROTOCOL. */
  protocols: string;
  environment: Readonly<Record<string, string>>;
}>;

/**
 * The place that keeps the source. `repo` is always `owner/name` of an enabled repository, never a URL from a payload.
 * All methods @throws ForgeUnavailable (worth another try; `retryAfterMs` when the forge said so) ·
 * RepositoryUnknown · ForgeRefused (an answer that another try will not change).
 */
export interface Forge {
  readonly kind: 'github' | 'git';
  repository(repo: string): Promise<ForgeRepo>;
  /** The text of a file at a commit, undefined when the commit has none. @throws FileTooLarge above `maxBytes` */
  fileAt(repo: string, sha: string, path: string, maxBytes: number): Promise<string | undefined>;
  /** The commit that a branch, tag or full ref stands at; undefined when there is no such ref. */
  resolve(repo: string, ref: string): Promise<string | undefined>;
  /** Undefined when the forge keeps no statuses (plain git). */
  readonly statuses: undefined | Readonly<{ create(repo: string, status: CommitStatus): Promise<void> }>;
  remote(repo: string): Promise<GitRemote>;
}

/** Finds the forge of a repository. */
export interface Forges {
  of(repo: string): Forge;
}
