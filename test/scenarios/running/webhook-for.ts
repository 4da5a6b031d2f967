import { pullRequestPayload, pushPayload } from '../../fakes/github/index.js';
import { triggerWords } from '../scenario.js';

/** A commit, and what a scenario says under `trigger`. */
export type Commit = Readonly<{
  repo: Readonly<{ id: number; name: string }>;
  trigger: string | undefined;
  sha: string;
  before?: string;
}>;

const STRANGER = { id: 9, name: 'stranger/fork' };
export const PULL_REQUEST = 7;

/** What the forge sends for it. */
export const webhookFor = ({ repo, trigger, sha, before }: Commit): Readonly<{ event: string; payload: unknown }> => {
  const { event, name, request, head, base } = triggerWords(trigger);
  if (request !== undefined) {
    const from = request === 'fork' ? { repo: STRANGER } : {};
    const payload = pullRequestPayload({
      ...{ repo, action: before === undefined ? 'opened' : 'synchronize', number: PULL_REQUEST },
      ...{ head: { ref: head, sha, ...from }, base: { ref: base, sha } },
      ...(before === undefined ? {} : { before }),
    });
    return { event: 'pull_request', payload };
  }
  const ref = event === 'tag' ? `refs/tags/${name}` : `refs/heads/${name}`;
  return {
    event: 'push',
    payload: pushPayload({ repo, ref, after: sha, ...(before === undefined ? {} : { before }) }),
  };
};
