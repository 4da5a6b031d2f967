import type { IncomingHttpHeaders } from 'node:http';
import { isEventName, isGuid } from '#events';
import { WebhookRefused } from '#errors';

const SIGNATURE = /^sha256=[0-9a-f]{64}$/;

/** What a webhook's headers say; `delivery` in lower case. `signature` as sent. */
export type SignedHeaders = Readonly<{ event: string; delivery: string; signature: string }>;

const one = (value: string | string[] | undefined): string => (typeof value === 'string' ? value : '');

/** @throws WebhookRefused naming the header that is missing or malformed, never its value */
export const readHeaders = (headers: IncomingHttpHeaders): SignedHeaders => {
  const event = one(headers['x-github-event']);
  if (!isEventName(event))
    throw new WebhookRefused(400, 'X-GitHub-Event must be 1 to 40 lower-case letters, digits and _');
  const delivery = one(headers['x-github-delivery']).toLowerCase();
  if (!isGuid(delivery)) throw new WebhookRefused(400, 'X-GitHub-Delivery must be a UUID');
  const signature = one(headers['x-hub-signature-256']);
  if (!SIGNATURE.test(signature))
    throw new WebhookRefused(
      401,
      "X-Hub-Signature-256 must be sha256= and 64 hexadecimal digits; set the secret in the webhook's settings",
    );
  return { event, delivery, signature };
};
