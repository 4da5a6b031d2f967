import { createHmac, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';

type Json = Record<string, unknown>;
type Recording = { name: string; examples: Json[] };

const recordings = createRequire(import.meta.url)('@octokit/webhooks-examples') as Recording[];
const ZERO_SHA = '0'.repeat(40);

/** A copy of the first recorded delivery of an event that fits. */
const recordedDelivery = (event: string, fits: (example: Json) => boolean): Json => {
  const example = recordings.find(({ name }) => name === event)?.examples.find(fits);
  if (example === undefined) throw new Error(`no recording of ${event} fits`);
  return structuredClone(example);
};

export type PayloadRepo = Readonly<{ id: number; name: string; defaultBranch?: string }>;

const repository = (recorded: unknown, { id, name, defaultBranch = 'main' }: PayloadRepo): Json => {
  const [owner, short] = name.split('/');
  const { owner: recordedOwner, ...rest } = recorded as { owner: Json } & Json;
  const named = { id, name: short, full_name: name, default_branch: defaultBranch, master_branch: defaultBranch };
  const urls = { html_url: `https://github.com/${name}`, clone_url: `https://github.com/${name}.git` };
  return { ...rest, ...named, ...urls, owner: { ...recordedOwner, name: owner, login: owner } };
};

export type PushOptions = Readonly<{
  repo: PayloadRepo;
  /** Full: `refs/heads/main`, `refs/tags/v1`. */
  ref: string;
  /** Default: 40 zeros, the ref is new. */
  before?: string;
  /** 40 zeros: the ref is deleted. */
  after: string;
  message?: string;
  forced?: boolean;
  /** ISO 8601 */
  timestamp?: string;
  /** Paths of the head commit, relative to the root. */
  added?: readonly string[];
  modified?: readonly string[];
  removed?: readonly string[];
}>;

/** A `push`, recorded at GitHub, with these values in it. */
export const pushPayload = (options: PushOptions): Json => {
  const { repo, ref, before = ZERO_SHA, after, forced = false } = options;
  const payload = recordedDelivery('push', (example) => example['head_commit'] !== null);
  const { message, timestamp, added = [], modified = [], removed = [] } = options;
  const head = {
    ...(payload['head_commit'] as Json),
    ...{ id: after, added, modified, removed, url: `https://github.com/${repo.name}/commit/${after}` },
    ...(message === undefined ? {} : { message }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
  const deleted = after === ZERO_SHA;
  return {
    ...payload,
    ...{ ref, before, after, forced, deleted, created: before === ZERO_SHA && !deleted },
    compare: `https://github.com/${repo.name}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    head_commit: deleted ? null : head,
    commits: deleted ? [] : [head],
    repository: repository(payload['repository'], repo),
  };
};

export type PullRequestOptions = Readonly<{
  repo: PayloadRepo;
  action: 'opened' | 'synchronize' | 'reopened' | 'closed';
  number: number;
  /** `repo` of the head: another one for a fork, null when the fork is gone. Default: the same repository. */
  head: Readonly<{ ref: string; sha: string; repo?: PayloadRepo | null }>;
  base: Readonly<{ ref: string; sha: string }>;
  /** The head before a `synchronize`. */
  before?: string;
  merged?: boolean;
  title?: string;
  /** ISO 8601 */
  updatedAt?: string;
}>;

/** A `pull_request`, recorded at GitHub, with these values in it. */
export const pullRequestPayload = (options: PullRequestOptions): Json => {
  const { repo, action, number, head, base, before, merged = false } = options;
  const payload = recordedDelivery('pull_request', (example) => example['action'] === action);
  const recorded = payload['pull_request'] as { head: Json; base: Json } & Json;
  const own = repository(payload['repository'], repo);
  const from = head.repo === undefined ? repo : head.repo;
  const headRepo = from && { ...repository(payload['repository'], from), fork: from.id !== repo.id };
  const headOwner = (from ?? repo).name.split('/')[0];
  const { title = recorded['title'], updatedAt = recorded['updated_at'] } = options;
  return {
    ...payload,
    ...{ action, number },
    ...(action === 'synchronize' ? { before: before ?? ZERO_SHA, after: head.sha } : {}),
    pull_request: {
      ...recorded,
      ...{ number, title, merged, updated_at: updatedAt, state: action === 'closed' ? 'closed' : 'open' },
      merged_at: merged ? updatedAt : null,
      html_url: `https://github.com/${repo.name}/pull/${number}`,
      head: { ...recorded.head, ref: head.ref, sha: head.sha, label: `${headOwner}:${head.ref}`, repo: headRepo },
      base: {
        ...recorded.base,
        ref: base.ref,
        sha: base.sha,
        label: `${repo.name.split('/')[0]}:${base.ref}`,
        repo: own,
      },
    },
    repository: own,
  };
};

export type SignedDelivery = Readonly<{ headers: Readonly<Record<string, string>>; body: Buffer }>;

/** A delivery as GitHub sends it, signed over exactly these bytes. A `payload` of bytes or text is sent as it is. */
export const signedDelivery = ({
  event,
  payload,
  secret,
  guid = randomUUID(),
}: Readonly<{ event: string; payload: unknown; secret: string; guid?: string }>): SignedDelivery => {
  const asIs = typeof payload === 'string' || payload instanceof Uint8Array;
  const body = Buffer.from(asIs ? (payload as string) : JSON.stringify(payload));
  const signature = (algorithm: string): string =>
    `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;
  return {
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/0000000',
      'x-github-delivery': guid,
      'x-github-event': event,
      'x-github-hook-id': '1',
      'x-github-hook-installation-target-type': 'repository',
      'x-hub-signature': signature('sha1'),
      'x-hub-signature-256': signature('sha256'),
    },
    body,
  };
};
