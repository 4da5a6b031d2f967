import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { SampleFailed } from '#errors';
import type { Api, SampleBuild } from './api.js';
import { SAMPLE_REPO, samplePushPayload, signatureOf, type SamplePush } from './push-payload.js';

const POLL_MS = 50;

const ENDED = ['passed', 'failed', 'cancelled', 'rejected'];
export const hasEnded = ({ status }: SampleBuild): boolean => ENDED.includes(status);

/** Sends the push as GitHub would, signed. Answers the delivery's id. @throws SampleFailed */
export const sendPush = async (
  push: SamplePush,
  to: Readonly<{ url: string; secret: string }>,
  signal: AbortSignal,
): Promise<string> => {
  const delivery = randomUUID();
  const body = JSON.stringify(samplePushPayload(push));
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-delivery': delivery,
    'x-hub-signature-256': signatureOf(body, to.secret),
  };
  const response = await fetch(to.url, { method: 'POST', headers, body, signal });
  if (response.status !== 202) throw new SampleFailed(`its webhook was answered ${response.status}`);
  return delivery;
};

/** The build of a commit, when it has ended or when time is up; then it may be missing. @throws SampleFailed */
export const awaitBuild = async (
  api: Api,
  wanted: Readonly<{ sha: string; delivery?: string }>,
  limitMs: number,
  signal: AbortSignal,
): Promise<SampleBuild | undefined> => {
  for (const end = Date.now() + limitMs; ; await pause(POLL_MS, undefined, { signal })) {
    const build = (await api.builds(SAMPLE_REPO, signal)).find(({ sha }) => sha === wanted.sha);
    if (build && (hasEnded(build) || Date.now() > end)) return build;
    if (build) continue;
    const answer = (await api.deliveries(signal)).find(({ id }) => id === wanted.delivery);
    if (answer?.outcome === 'ignored') throw new SampleFailed(`its webhook was ignored: ${answer.detail}`);
    if (Date.now() > end) return undefined;
  }
};
