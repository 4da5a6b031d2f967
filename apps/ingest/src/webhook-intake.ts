import { Inject, Injectable } from '@nestjs/common';
import { subjects, WEBHOOK_HEADERS, type WebhookHeaders } from '#events';
import { StreamUnavailable } from '#errors';
import { MessagePublisher } from '#jetstream';
import { ConnectionWatch } from './connection-watch.js';

/** The forge hangs up after ten seconds, and does not ask again by itself: a short outage is waited out, a long one told. */
const DEADLINE_MS = 5_000;

/** Puts webhooks into the `WEBHOOKS` stream. */
@Injectable()
export class WebhookIntake {
  constructor(
    @Inject(MessagePublisher) private readonly publisher: MessagePublisher,
    @Inject(ConnectionWatch) private readonly connection: ConnectionWatch,
  ) {}

  /**
   * Settles when JetStream has acknowledged the body, or knows the delivery already.
   * @throws StreamUnavailable when that was not so within five seconds; it may be stored all the same
   */
  async store(webhook: WebhookHeaders, body: Uint8Array): Promise<void> {
    const end = Date.now() + DEADLINE_MS;
    // Without a connection the client would keep every body in memory until there is one, however long that takes.
    if (!(await this.connection.up(DEADLINE_MS))) throw new StreamUnavailable('there is no connection to NATS');
    await this.publishBefore(end, webhook, body);
    this.connection.answered();
  }

  /** A large body is put into the object store first, which has time limits of its own: this one is for both. */
  private async publishBefore(end: number, webhook: WebhookHeaders, body: Uint8Array): Promise<void> {
    const timeoutMs = Math.max(1, end - Date.now());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new StreamUnavailable('it took too long to store')), timeoutMs);
    });
    const stored = this.publisher.publish(subjects.webhook(webhook.event), body, {
      id: webhook.delivery,
      headers: {
        [WEBHOOK_HEADERS.delivery]: webhook.delivery,
        [WEBHOOK_HEADERS.event]: webhook.event,
        [WEBHOOK_HEADERS.receivedAt]: webhook.receivedAt,
      },
      timeoutMs,
    });
    try {
      await Promise.race([stored, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
