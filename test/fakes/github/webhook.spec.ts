import { Webhooks } from '@octokit/webhooks';
import { pullRequestPayload, pushPayload, signedDelivery } from './webhook.js';

const secret = 'a secret of the hook';
const repo = { id: 42, name: 'acme/widgets', defaultBranch: 'trunk' };
const sha = 'a'.repeat(40);
const former = 'b'.repeat(40);
const zero = '0'.repeat(40);

describe('a delivery for tests', () => {
  const verifies = ({ headers, body }: ReturnType<typeof signedDelivery>, by = secret): Promise<boolean> =>
    new Webhooks({ secret: by }).verify(body.toString(), headers['x-hub-signature-256'] ?? '');

  it('carries a signature that GitHub would have made', async () => {
    const payload = pushPayload({ repo, ref: 'refs/heads/grüße', after: sha });
    const delivery = signedDelivery({ event: 'push', payload, secret });
    expect(await verifies(delivery)).toBe(true);
    expect(await verifies(delivery, 'another secret')).toBe(false);
    expect(delivery.headers['x-github-event']).toBe('push');
    expect(delivery.headers['x-github-delivery']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('signs bytes and text as they are, JSON or not', async () => {
    const delivery = signedDelivery({ event: 'push', payload: '{"cut', secret, guid: 'known' });
    expect(delivery.body.toString()).toBe('{"cut');
    expect(delivery.headers['x-github-delivery']).toBe('known');
    expect(await verifies(delivery)).toBe(true);
  });
});

describe('a push for tests', () => {
  it('has the values given in the recorded shape', () => {
    const payload = pushPayload({ repo, ref: 'refs/heads/trunk', before: former, after: sha, modified: ['a.ts'] });
    expect(payload).toMatchObject({
      ...{ ref: 'refs/heads/trunk', before: former, after: sha, created: false, deleted: false, forced: false },
      repository: {
        id: 42,
        full_name: 'acme/widgets',
        name: 'widgets',
        default_branch: 'trunk',
        owner: { login: 'acme' },
      },
      head_commit: { id: sha, modified: ['a.ts'], added: [], author: { name: 'Codertocat' } },
      pusher: { name: 'Codertocat' },
      sender: { type: 'User' },
    });
  });
  it('makes a new ref of one that had no commit, and a deleted one of one that has none', () => {
    expect(pushPayload({ repo, ref: 'refs/tags/v1', after: sha })).toMatchObject({ created: true, before: zero });
    expect(pushPayload({ repo, ref: 'refs/tags/v1', before: sha, after: zero })).toMatchObject({
      ...{ created: false, deleted: true, head_commit: null, commits: [] },
    });
  });
  it('leaves the recording as it was', () => {
    const first = pushPayload({ repo, ref: 'refs/heads/x', after: sha });
    (first['repository'] as { owner: { login: string } }).owner.login = 'changed';
    expect(pushPayload({ repo, ref: 'refs/heads/x', after: sha })).toMatchObject({
      repository: { owner: { login: 'acme' } },
    });
  });
});

describe('a pull request for tests', () => {
  const base = { ref: 'trunk', sha: former };
  it.each(['opened', 'synchronize', 'reopened', 'closed'] as const)('%s, has the values given', (action) => {
    const payload = pullRequestPayload({ repo, action, number: 7, head: { ref: 'feature', sha }, base });
    expect(payload).toMatchObject({
      ...{ action, number: 7, repository: { id: 42 } },
      pull_request: {
        ...{ number: 7, state: action === 'closed' ? 'closed' : 'open', user: { login: 'Codertocat' } },
        head: { ref: 'feature', sha, label: 'acme:feature', repo: { id: 42, fork: false } },
        base: { ref: 'trunk', sha: former, repo: { id: 42, full_name: 'acme/widgets' } },
      },
    });
    expect(payload['after']).toBe(action === 'synchronize' ? sha : undefined);
  });
  it('from a fork says so', () => {
    const head = { ref: 'trunk', sha, repo: { id: 43, name: 'bob/widgets' } };
    expect(pullRequestPayload({ repo, action: 'opened', number: 7, head, base })).toMatchObject({
      pull_request: { head: { label: 'bob:trunk', repo: { id: 43, full_name: 'bob/widgets', fork: true } } },
    });
  });
  it('of a fork that is gone has no repository', () => {
    const head = { ref: 'trunk', sha, repo: null };
    const payload = pullRequestPayload({ repo, action: 'closed', number: 7, head, base, merged: true });
    expect(payload).toMatchObject({ pull_request: { merged: true, head: { repo: null } } });
  });
});
