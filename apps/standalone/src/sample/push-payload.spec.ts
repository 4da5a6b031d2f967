import { Webhooks } from '@octokit/webhooks';
import { readWebhook } from '../../../planner/src/webhook/read-webhook.js';
import { samplePushPayload, signatureOf } from './push-payload.js';

const push = { before: undefined, after: 'a'.repeat(40), message: 'Show it', at: '2026-01-02T03:04:05.000Z' };

describe('the push of the sample', () => {
  it('is signed as GitHub signs', async () => {
    const body = JSON.stringify(samplePushPayload(push));
    const webhooks = new Webhooks({ secret: 'a secret of ours' });
    expect(await webhooks.verify(body, signatureOf(body, 'a secret of ours'))).toBe(true);
    expect(await webhooks.verify(`${body} `, signatureOf(body, 'a secret of ours'))).toBe(false);
  });

  it('is a push to the planner', () => {
    const body = Buffer.from(JSON.stringify(samplePushPayload(push)));
    expect(readWebhook('push', body)).toMatchObject({
      kind: 'build',
      repo: { repoId: 'gh-9007199254740991', repo: 'cairn/sample', defaultBranch: 'main' },
      trigger: { ref: 'refs/heads/main', sha: push.after, isDefaultBranch: true, title: 'Show it', author: 'Cairn' },
    });
  });
});
