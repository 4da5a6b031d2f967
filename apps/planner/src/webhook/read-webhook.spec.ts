import { pullRequestPayload, pushPayload } from '../../../../test/fakes/github/index.js';
import { readWebhook } from './read-webhook.js';

const repo = { id: 4711, name: 'octo/app' };
const [OLD, NEW, TAG_OBJECT] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string];
const FORK = { id: 9, name: 'ada/app' };

const read = (event: string, payload: unknown) => readWebhook(event, Buffer.from(JSON.stringify(payload)));
const pull = (change: Partial<Parameters<typeof pullRequestPayload>[0]> = {}) =>
  read(
    'pull_request',
    pullRequestPayload({
      ...{ repo, action: 'opened', number: 7, title: 'Add it [skip ci]' },
      ...{ head: { ref: 'feature', sha: NEW }, base: { ref: 'main', sha: OLD } },
      ...change,
    }),
  );

describe('a webhook', () => {
  it('of a push says where the branch stood before, and all of the message', () => {
    const message = 'Say hello\n\n[skip ci]';
    const ref = 'refs/heads/main';
    expect(read('push', pushPayload({ repo, ref, before: OLD, after: NEW, message }))).toMatchObject({
      ...{ kind: 'build', words: message },
      trigger: { event: 'push', sha: NEW, before: OLD, branch: 'main', isDefaultBranch: true, title: 'Say hello' },
    });
  });
  it('of a new branch knows of nothing before', () =>
    expect(read('push', pushPayload({ repo, ref: 'refs/heads/x', after: NEW }))).toMatchObject({
      trigger: expect.not.objectContaining({ before: expect.anything() as unknown }) as unknown,
    }));
  it('of a tag is about the commit that the tag stands at', () => {
    const payload = pushPayload({ repo, ref: 'refs/tags/v1/a', after: NEW });
    const read1 = read('push', { ...payload, after: TAG_OBJECT });
    expect(read1).toMatchObject({
      ...{ kind: 'build', repo: { repoId: 'gh-4711' } },
      trigger: { event: 'tag', ref: 'refs/tags/v1/a', tag: 'v1/a', sha: NEW, isDefaultBranch: false },
    });
    expect(read1).not.toHaveProperty('trigger.branch');
    expect(read('push', { ...payload, head_commit: null })).toMatchObject({ trigger: { sha: NEW } });
  });
  it('of a pull request is about its head since its base, from this repository or a fork', () => {
    expect(pull()).toMatchObject({
      ...{ kind: 'build', action: 'opened', words: 'Add it [skip ci]' },
      trigger: {
        event: 'pull_request',
        sha: NEW,
        before: OLD,
        pullRequest: { base: 'main', head: 'feature', fork: false },
      },
    });
    expect(pull({ head: { ref: 'feature', sha: NEW, repo: FORK } })).toMatchObject({
      trigger: { pullRequest: { fork: true } },
    });
    expect(pull({ head: { ref: 'feature', sha: NEW, repo: null } })).toMatchObject({
      trigger: { pullRequest: { fork: true } },
    });
  });
});
