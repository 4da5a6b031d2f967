/** What set a build off. All of it was checked when the delivery or request was accepted; names are shown, never run. */
export type Trigger = Readonly<{
  event: 'push' | 'pull_request' | 'tag' | 'schedule' | 'manual';
  /** `refs/heads/…`, `refs/tags/…` or `refs/pull/<n>/head`: what is fetched. */
  ref: string;
  /** The commit that is built: 40 hexadecimal digits. */
  sha: string;
  /** The branch of a push, a schedule or a manual run; never set for a pull request. */
  branch?: string;
  tag?: string;
  pullRequest?: Readonly<{ number: number; head: string; base: string; fork: boolean; title: string }>;
  /**
   * Where a pushed branch stood before, missing for a new one; of a pull request the commit of its base. With it the
   * changed files can be asked for.
   */
  before?: string;
  /** Of a manual run, checked against `on.manual.inputs`. */
  inputs?: Readonly<Record<string, string>>;
  /** Names of jobs: only these and what they need are planned; without it all. */
  jobs?: readonly string[];
  /** Builds of the default branch are never superseded. */
  isDefaultBranch: boolean;
  /** First line of the commit's message, or the pull request's title. */
  title: string;
  author: string;
}>;
