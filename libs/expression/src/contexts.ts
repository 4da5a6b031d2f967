/** What a path may begin with, and what it holds. */
export const CONTEXTS = {
  cairn: 'the build and its commit',
  matrix: 'the values of this cell of the matrix',
  environment: 'the variables set by `environment`',
  inputs: 'what was chosen when the build was started by hand',
  needs: 'what the jobs under `needs` wrote to `$CAIRN_OUTPUT`',
} as const;
export type ContextName = keyof typeof CONTEXTS;

/** What `cairn.` has: name → one line for people. What does not apply to a build is the empty text. */
export const CAIRN_FIELDS = {
  sha: 'the commit that is built, all its digits',
  ref: 'the full name of what is built: `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/head`',
  branch: 'the branch of a push, a schedule or a manual run; empty for tags and pull requests',
  tag: 'the name of the tag, when a tag is built',
  event: 'what started the build: `push`, `pull_request`, `tag`, `schedule` or `manual`',
  repo: 'the repository, as `owner/name`',
  repo_id: 'the number that the forge gave the repository; it stays when the name changes',
  pull_request: 'the number of the pull request',
  base: 'the branch that the pull request is to be merged into',
  head: 'the branch that the pull request comes from',
  build_number: 'the number of the build in its repository, counted from 1',
  build_id: 'the id of the build, unique in this Cairn',
  job: 'the name of the job',
  attempt: 'which attempt at the job this is, counted from 1',
  default_branch: 'the default branch of the repository',
  title: "the first line of the commit's message, or the title of the pull request",
  author: 'who made the commit or opened the pull request',
  url: 'where the job is to be seen in the browser',
} as const;
export type CairnField = keyof typeof CAIRN_FIELDS;

export const isContext = (name: string): name is ContextName => Object.hasOwn(CONTEXTS, name);
export const isCairnField = (name: string): name is CairnField => Object.hasOwn(CAIRN_FIELDS, name);
