import { jetstreamManager, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { decodeEvent, startSequenceOf, type DomainEvent } from '#events';
import { AppendConflict, StreamUnavailable } from '#errors';
import { BLOB_HEADER } from './payload-store.js';
import type { EventStore, History } from './event-store.js';
import { Link } from './link.js';
import type { MessagePublisher } from './message-publisher.js';

const STREAM = 'EVENTS';

/** The `EventStore` on JetStream: reads by Direct Get, writes with the exact subject's expected sequence. */
export class JetStreamEventStore implements EventStore {
  private manager: Promise<JetStreamManager> | undefined;

  constructor(
    private readonly nc: NatsConnection,
    private readonly publisher: MessagePublisher,
  ) {}

  async load<E extends DomainEvent>(subject: string, afterRevision = 0): Promise<History<E>> {
    const events: E[] = [];
    let revision = afterRevision;
    let sequence = Math.max(startSequenceOf(subject), afterRevision + 1);
    for (;;) {
      const message = await this.direct({ seq: sequence, next_by_subj: subject });
      if (!message) return { events, revision };
      const event = await this.decode<E>(message);
      if (event) events.push(event);
      revision = message.seq;
      sequence = message.seq + 1;
    }
  }

  async loadLast<E extends DomainEvent>(subject: string): Promise<History<E>> {
    const message = await this.direct({ last_by_subj: subject });
    if (!message) return { events: [], revision: 0 };
    const event = await this.decode<E>(message);
    return { events: event ? [event] : [], revision: message.seq };
  }

  async append(subject: string, events: readonly DomainEvent[], expectedRevision: number): Promise<number> {
    let revision = expectedRevision;
    for (const event of events) {
      const body = JSON.stringify(event);
      const ack = await this.publisher.publish(subject, body, { id: event.id, expectedRevision: revision });
      if (ack.duplicate) await this.confirmSame(subject, body, ack.seq, revision);
      revision = ack.seq;
    }
    return revision;
  }

  async lastSequence(): Promise<number> {
    const { state } = await this.ask((jsm) => jsm.streams.info(STREAM));
    return state.last_seq;
  }

  /** JetStream answers a repeated id with `duplicate`, also when it swallowed another fact: then nothing was written. */
  private async confirmSame(subject: string, body: string, sequence: number, revision: number): Promise<void> {
    const stored = await this.direct({ seq: sequence });
    if (stored?.subject === subject && (await this.payload(stored)).equals(Buffer.from(body, 'utf8'))) return;
    throw new AppendConflict(subject, revision);
  }

  private async decode<E extends DomainEvent>(message: StoredMsg): Promise<E | undefined> {
    return decodeEvent(message.subject, message.seq, await this.payload(message)) as E | undefined;
  }

  private async payload(message: StoredMsg): Promise<Buffer> {
    const blob = message.header?.get(BLOB_HEADER);
    return Buffer.from(blob ? await this.publisher.blobs.get(blob) : message.data);
  }

  private direct(query: Parameters<JetStreamManager['direct']['getMessage']>[1]): Promise<StoredMsg | null> {
    return this.ask((jsm) => jsm.direct.getMessage(STREAM, query));
  }

  private async ask<T>(question: (jsm: JetStreamManager) => Promise<T>): Promise<T> {
    try {
      this.manager ??= jetstreamManager(this.nc, { checkAPI: false });
      const manager = await this.manager;
      return await Link.of(this.nc).ask(() => question(manager));
    } catch (cause) {
      if (cause instanceof StreamUnavailable) throw cause;
      throw new StreamUnavailable(`read of ${STREAM}`, { cause });
    }
  }
}
