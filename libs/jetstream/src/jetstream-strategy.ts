import { jetstream, type ConsumerMessages, type JetStreamClient, type JsMsg } from '@nats-io/jetstream';
import { Logger } from '@nestjs/common';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import type { NatsConnection } from '@nats-io/transport-node';
import { lastValueFrom } from 'rxjs';
import { subjects, type ConsumerSpec, type DeadLetter } from '#events';
import { CairnError, messageOf } from '#errors';
import { BLOB_HEADER } from './payload-store.js';
import { JETSTREAM, type Delivery } from './consume.js';
import { decodeMessage } from './decode-message.js';
import { backoffMs, dispositionOf } from './disposition.js';
import { KeyedQueue } from './keyed-queue.js';
import { Link } from './link.js';
import type { MessagePublisher } from './message-publisher.js';

const RETRY_MS = 250;

/** Hosts handlers marked `@Consume` on durable pull consumers, which the `setup` job has made. */
export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = JETSTREAM;
  override readonly propagatesEventHandlerErrors = true;
  protected override readonly logger = new Logger(JetStreamStrategy.name);
  private readonly js: JetStreamClient;
  private readonly pulls = new Set<ConsumerMessages>();
  private readonly link: Link;
  private readonly queue = new KeyedQueue();
  private closing = false;

  constructor(
    private readonly service: string,
    private readonly nc: NatsConnection,
    private readonly publisher: MessagePublisher,
  ) {
    super();
    this.js = jetstream(nc);
    this.link = Link.of(nc);
  }

  listen(callback: (error?: unknown) => void): void {
    Promise.all([...this.messageHandlers.values()].map((handler) => this.host(handler))).then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  /** Takes no more messages and waits for those at work; what was fetched and not begun is delivered again elsewhere. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.all([...this.pulls].map((pull) => pull.close()));
    await this.queue.idle();
  }

  on(): void {
    // JetStream has no events of its own to listen to: the connection's are watched where it is made.
  }

  unwrap<T>(): T {
    return this.nc as T;
  }

  private async host(handler: MessageHandler): Promise<void> {
    const spec = handler.extras?.['spec'] as ConsumerSpec;
    const consumer = await this.link.ask(() => this.js.consumers.get(spec.stream, spec.durable));
    const pull = await consumer.consume({ max_messages: spec.concurrency, expires: 10_000 });
    this.pulls.add(pull);
    void this.pump(spec, handler, pull);
  }

  private async pump(spec: ConsumerSpec, handler: MessageHandler, pull: ConsumerMessages): Promise<void> {
    const held = new Set<JsMsg>();
    // What had been asked for went down with the server; the client by itself would notice after its missed heartbeats.
    const forget = this.link.onReconnect(() => void pull.close());
    const beat = setInterval(() => held.forEach((message) => message.working()), spec.ackWaitMs / 3);
    try {
      for await (const message of pull) {
        if (this.closing) break;
        held.add(message);
        void this.queue
          .run(`${spec.durable} ${spec.unordered ? message.seq : message.subject}`, () =>
            this.dispatch(spec, handler, message),
          )
          .finally(() => held.delete(message));
      }
    } catch (error) {
      this.logger.error(`${spec.durable} broke off: ${messageOf(error)}`);
    } finally {
      clearInterval(beat);
      forget();
      this.pulls.delete(pull);
    }
    await this.restart(spec, handler);
  }

  private async restart(spec: ConsumerSpec, handler: MessageHandler): Promise<void> {
    if (this.closing) return;
    await this.host(handler).catch((error: unknown) => {
      this.logger.error(`${spec.durable} cannot be taken up again: ${messageOf(error)}`);
      setTimeout(() => void this.restart(spec, handler), RETRY_MS);
    });
  }

  private async dispatch(spec: ConsumerSpec, handler: MessageHandler, message: JsMsg): Promise<void> {
    if (this.closing) return;
    try {
      const blob = message.headers?.get(BLOB_HEADER);
      const payload = blob ? await this.publisher.blobs.get(blob) : message.data;
      const decoded = decodeMessage(spec, message.subject, message.seq, payload);
      if (decoded !== undefined) {
        const delivery: Delivery<unknown> = {
          message: decoded,
          subject: message.subject,
          sequence: message.seq,
          storedAt: message.time.toISOString(),
          redelivered: message.redelivered,
          header: (name) => message.headers?.get(name) || undefined,
        };
        await lastValueFrom(this.transformToObservable(await handler(delivery)), { defaultValue: undefined });
      }
      message.ack();
    } catch (error) {
      await this.settle(spec, message, error);
    }
  }

  private async settle(spec: ConsumerSpec, message: JsMsg, error: unknown): Promise<void> {
    const { deliveryCount } = message.info;
    const disposition = dispositionOf(error, deliveryCount);
    const what = `${spec.durable}: message ${message.seq} on ${message.subject}: ${messageOf(error)}`;
    if (disposition === 'abandon') return;
    if (disposition === 'drop') {
      this.logger.warn(`${what} (dropped)`);
      message.ack();
      return;
    }
    if (disposition === 'dead' && (await this.bury(spec, message, error))) {
      this.logger.error(`${what} (moved to DEAD)`);
      message.term(); // with a reason, nats-server 2.9 does not know the word and delivers for ever
      return;
    }
    const delay = backoffMs(error, deliveryCount);
    this.logger.warn(`${what} (again in ${delay} ms)`);
    message.nak(delay);
  }

  /** The id makes a second burial of the same message within the duplicate window a single entry. */
  private async bury(spec: ConsumerSpec, message: JsMsg, error: unknown): Promise<boolean> {
    const letter: DeadLetter = {
      service: this.service,
      durable: spec.durable,
      stream: spec.stream,
      subject: message.subject,
      sequence: message.seq,
      deliveries: message.info.deliveryCount,
      code: error instanceof CairnError ? error.code : 'CAIRN_UNKNOWN',
      error: messageOf(error),
      at: new Date().toISOString(),
    };
    const id = `dead.${spec.durable}.${message.seq}`;
    return this.publisher.publish(subjects.dead(this.service), JSON.stringify(letter), { id }).then(
      () => true,
      () => false,
    );
  }
}
