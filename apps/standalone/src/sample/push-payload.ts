import { createHmac } from 'node:crypto';

/** Where the sample is, below `CAIRN_GIT_ROOT`. */
export const SAMPLE_REPO = 'cairn/sample';
/** The last id that GitHub could ever give away: it belongs to nobody else. */
export const SAMPLE_ID = Number.MAX_SAFE_INTEGER;
const NO_COMMIT = '0'.repeat(40);

export type SamplePush = Readonly<{ before: string | undefined; after: string; message: string; at: string }>;

/** A push to `main` in the form that GitHub sends. */
export const samplePushPayload = ({ before, after, message, at }: SamplePush): Readonly<Record<string, unknown>> => {
  const [owner = '', name = ''] = SAMPLE_REPO.split('/');
  const person = { name: 'Cairn', email: 'cairn@localhost' };
  const commit = {
    id: after,
    message,
    timestamp: at,
    author: person,
    committer: person,
    added: before === undefined ? ['.cairn.yml', 'README.md'] : [],
    modified: before === undefined ? [] : ['.cairn.yml'],
    removed: [],
    distinct: true,
  };
  return {
    ref: 'refs/heads/main',
    before: before ?? NO_COMMIT,
    after,
    created: before === undefined,
    deleted: false,
    forced: false,
    head_commit: commit,
    commits: [commit],
    pusher: person,
    sender: { id: 0, login: 'cairn', type: 'Bot' },
    repository: {
      id: SAMPLE_ID,
      name,
      full_name: SAMPLE_REPO,
      default_branch: 'main',
      private: true,
      owner: { login: owner },
    },
  };
};

/** GitHub's signature: HMAC-SHA-256 over exactly the bytes that are sent. */
export const signatureOf = (body: string, secret: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
