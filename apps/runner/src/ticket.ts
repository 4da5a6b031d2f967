import type { JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

const ACK = Buffer.from('+ACK');
const WORKING = Buffer.from('+WPI');

/**
 * What is said about a ticket. It is said to its reply subject, which works from any connection and after a restart of
 * nats-server: so that a runner that comes back can go on with what it had.
 */
export class TicketHandle {
  constructor(
    private readonly nc: NatsConnection,
    readonly reply: string,
  ) {}

  static of(nc: NatsConnection, message: JsMsg): TicketHandle {
    return new TicketHandle(nc, (message as JsMsg & { readonly reply: string }).reply); // there, but not in its type
  }

  working(): void {
    this.nc.publish(this.reply, WORKING);
  }

  ack(): void {
    this.nc.publish(this.reply, ACK);
  }

  /** The ticket comes again after `delayMs`. */
  later(delayMs: number): void {
    this.nc.publish(this.reply, Buffer.from(`-NAK {"delay":${delayMs * 1e6}}`));
  }
}
