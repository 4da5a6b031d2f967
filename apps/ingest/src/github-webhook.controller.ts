import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { Body, Controller, Headers, HttpCode, Inject, Post } from '@nestjs/common';
import { WebhookRefused } from '#errors';
import { CLOCK, type Clock } from '#jetstream';
import { readHeaders } from './webhook-headers.js';
import { WebhookIntake } from './webhook-intake.js';
import { WebhookSignature } from './webhook-signature.js';

/** Only looks: the body is stored as it came. @throws WebhookRefused */
const requireJsonObject = (body: Buffer): void => {
  if (!isUtf8(body)) throw new WebhookRefused(400, 'the body is not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new WebhookRefused(400, 'the body is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WebhookRefused(400, 'the body is JSON, but not an object');
};

@Controller()
export class GithubWebhookController {
  constructor(
    @Inject(WebhookSignature) private readonly signature: WebhookSignature,
    @Inject(WebhookIntake) private readonly intake: WebhookIntake,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  /** Nothing of the body is looked at before its signature was found right. */
  @Post('webhooks/github')
  @HttpCode(202)
  async receive(@Headers() headers: IncomingHttpHeaders, @Body() body?: Buffer): Promise<{ delivery: string }> {
    const bytes = body ?? Buffer.alloc(0);
    const { event, delivery, signature } = readHeaders(headers);
    if (!(await this.signature.covers(bytes, signature)))
      throw new WebhookRefused(401, 'the signature does not fit the body and the secret that is set here');
    requireJsonObject(bytes);
    await this.intake.store({ event, delivery, receivedAt: this.now() }, bytes);
    return { delivery };
  }
}
