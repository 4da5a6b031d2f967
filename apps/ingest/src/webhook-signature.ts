import { isUtf8 } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Webhooks } from '@octokit/webhooks';

type Verify = (body: Buffer, signature: string) => Promise<boolean>;

/**
 * Octokit takes the body as text. That is the same bytes only for a body in UTF-8; another is compared as it came, so
 * that nothing which the secret's holder did not sign counts as signed.
 */
const verifyWith = (secret: string): Verify => {
  const webhooks = new Webhooks({ secret });
  return async (body, signature) => {
    if (body.length > 0 && isUtf8(body)) return webhooks.verify(body.toString('utf8'), signature);
    const expected = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    return timingSafeEqual(Buffer.from(expected), Buffer.from(signature));
  };
};

/** Tells whether a body was signed with one of the secrets. */
export class WebhookSignature {
  readonly #checks: readonly Verify[];

  constructor(secrets: readonly string[]) {
    this.#checks = secrets.map(verifyWith);
  }

  /** `signature`: `sha256=` and 64 hexadecimal digits. */
  async covers(body: Buffer, signature: string): Promise<boolean> {
    for (const verify of this.#checks) if (await verify(body, signature)) return true;
    return false;
  }
}
