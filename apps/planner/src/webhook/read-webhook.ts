import { PayloadFault } from '#errors';
import { githubRepoId, type IgnoreReason, type Trigger } from '#events';
import { PayloadReader } from './payload-reader.js';

export type WebhookRepo = Readonly<{ repoId: string; repo: string; defaultBranch: string }>;

/** What a webhook asks for, before anything else is known. `repo` is missing where the payload has none. */
export type Intake =
  | Readonly<{
      kind: 'build';
      repo: WebhookRepo;
      trigger: Trigger;
      /** All of the head commit's message, or the pull request's title: a person may ask there for no build. */
      words: string;
      action?: string;
    }>
  | Readonly<{ kind: 'close'; repo: WebhookRepo; ref: string; action?: string }>
  | Readonly<{ kind: 'ignore'; repo?: WebhookRepo; reason: IgnoreReason; detail: string; action?: string }>;

const SHA = /^[0-9a-f]{40}$/;
const REPO_NAME = /^[A-Za-z0-9_.-]{1,100}\/[A-Za-z0-9_.-]{1,100}$/;
// eslint-disable-next-line no-control-regex -- git allows no control character in a ref; neither do we
const REF = /^refs\/(heads|tags)\/[^\x00-\x20\x7f]{1,300}$/;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const BRANCH = /^[^\x00-\x20\x7f]{1,300}$/;
const TAGS = 'refs/tags/';
const NO_COMMIT = '0'.repeat(40);
const BUILT_ACTIONS = ['opened', 'synchronize', 'reopened'];

const repoOf = (payload: PayloadReader): WebhookRepo => {
  const repository = payload.at('repository');
  return {
    repoId: githubRepoId(repository.at('id').whole()),
    repo: repository.at('full_name').text(REPO_NAME, 'owner/name'),
    defaultBranch: repository.at('default_branch').text(BRANCH, 'a branch'),
  };
};

const push = (payload: PayloadReader): Intake => {
  const ref = payload.at('ref').text(REF, 'a ref (refs/heads/… or refs/tags/…)');
  const sha = payload.at('after').text(SHA, 'a commit');
  const isDeleted = payload.at('deleted').flag();
  const repo = repoOf(payload);
  if (isDeleted || sha === NO_COMMIT) return { kind: 'close', repo, ref };
  const commit = payload.at('head_commit');
  const by = {
    title: commit.isNull ? '' : commit.at('message').label(200),
    author: commit.isNull || commit.at('author').isNull ? '' : commit.at('author').at('name').label(100),
  };
  const words = commit.isNull ? '' : commit.at('message').text();
  if (ref.startsWith(TAGS)) {
    // An annotated tag is an object of its own: what it points to is the head commit.
    const tagged = commit.isNull ? sha : commit.at('id').text(SHA, 'a commit');
    const trigger: Trigger = {
      event: 'tag',
      ref,
      sha: tagged,
      tag: ref.slice(TAGS.length),
      isDefaultBranch: false,
      ...by,
    };
    return { kind: 'build', repo, trigger, words };
  }
  const branch = ref.slice('refs/heads/'.length);
  const before = payload.at('before').text(SHA, 'a commit');
  const isNew = before === NO_COMMIT;
  const isDefaultBranch = branch === repo.defaultBranch;
  const trigger: Trigger = { event: 'push', ref, sha, branch, ...(isNew ? {} : { before }), isDefaultBranch, ...by };
  return { kind: 'build', repo, trigger, words };
};

const pullRequest = (payload: PayloadReader): Intake => {
  const action = payload.at('action').text(/^[a-z_]{1,40}$/, 'an action');
  const pull = payload.at('pull_request');
  const number = payload.at('number').whole();
  const head = pull.at('head');
  const sha = head.at('sha').text(SHA, 'a commit');
  const repo = repoOf(payload);
  const ref = `refs/pull/${number}/head`;
  if (action === 'closed') return { kind: 'close', repo, ref, action };
  if (!BUILT_ACTIONS.includes(action))
    return {
      kind: 'ignore',
      repo,
      action,
      reason: 'action-not-handled',
      detail: `pull_request.${action} starts no build`,
    };
  const headRepo = head.at('repo');
  const isFork = headRepo.isNull || githubRepoId(headRepo.at('id').whole()) !== repo.repoId;
  const trigger: Trigger = {
    event: 'pull_request',
    ref,
    sha,
    pullRequest: {
      number,
      head: head.at('ref').text(BRANCH, 'a branch'),
      base: pull.at('base').at('ref').text(BRANCH, 'a branch'),
      fork: isFork,
      title: pull.at('title').label(200),
    },
    before: pull.at('base').at('sha').text(SHA, 'a commit'),
    isDefaultBranch: false,
    title: pull.at('title').label(200),
    author: pull.at('user').isNull ? '' : pull.at('user').at('login').label(100),
  };
  return { kind: 'build', repo, trigger, words: pull.at('title').text(), action };
};

/** Takes a webhook's body apart. Never throws: what cannot be read is a reason to ignore the delivery. */
export const readWebhook = (event: string, body: Uint8Array): Intake => {
  if (event !== 'push' && event !== 'pull_request')
    return { kind: 'ignore', reason: 'event-not-handled', detail: `the event ${event} starts nothing` };
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return { kind: 'ignore', reason: 'payload-unreadable', detail: 'the body is not JSON' };
  }
  try {
    return event === 'push' ? push(new PayloadReader(json)) : pullRequest(new PayloadReader(json));
  } catch (fault) {
    if (!(fault instanceof PayloadFault)) throw fault;
    return { kind: 'ignore', reason: 'payload-mismatch', detail: `this is no ${event}: ${fault.message}` };
  }
};
