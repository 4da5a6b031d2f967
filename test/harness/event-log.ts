import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { decodeEvent, type CairnEvent } from '#events';
import { BLOB_HEADER, PayloadStore } from '#jetstream';

export type RecordedEvent = Readonly<{ sequence: number; subject: string; event: CairnEvent }>;

/** All of `EVENTS`, read by Direct Get: no consumer that a crash of nats-server could disturb. */
export class EventLog {
  readonly #events: RecordedEvent[] = [];
  readonly #blobs: PayloadStore;
  #next = 1;
  #reading: Promise<void> = Promise.resolve();

  constructor(private readonly nc: NatsConnection) {
    this.#blobs = new PayloadStore(nc);
  }

  /** Every event so far, in order. @throws while nats-server is away */
  async all(): Promise<readonly RecordedEvent[]> {
    const reading = this.#reading.catch(() => undefined).then(() => this.read());
    this.#reading = reading;
    await reading;
    return [...this.#events];
  }

  /** The events of one build: plan, jobs, logs and notices. */
  async ofBuild(buildId: string): Promise<readonly RecordedEvent[]> {
    return (await this.all()).filter(({ subject }) => subject.startsWith(`build.${buildId}.`));
  }

  async ofType<Type extends CairnEvent['type']>(
    type: Type,
    buildId?: string,
  ): Promise<(RecordedEvent & { event: Extract<CairnEvent, { type: Type }> })[]> {
    const events = buildId === undefined ? await this.all() : await this.ofBuild(buildId);
    return events.filter(
      (recorded): recorded is RecordedEvent & { event: Extract<CairnEvent, { type: Type }> } =>
        recorded.event.type === type,
    );
  }

  private async read(): Promise<void> {
    const manager = await jetstreamManager(this.nc, { checkAPI: false });
    for (;;) {
      const message = await manager.direct.getMessage('EVENTS', { seq: this.#next });
      if (!message) return;
      const blob = message.header?.get(BLOB_HEADER);
      const payload = blob ? await this.#blobs.get(blob) : message.data;
      const event = decodeEvent(message.subject, message.seq, payload) as CairnEvent | undefined;
      if (event) this.#events.push({ sequence: message.seq, subject: message.subject, event });
      this.#next = message.seq + 1;
    }
  }
}
