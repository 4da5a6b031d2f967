import { Inject, Injectable, Logger } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { groupDecider, type GroupState } from '#domain';
import { messageOf } from '#errors';
import { decodeEvent, type GroupEvent } from '#events';
import {
  EVENT_STORE,
  MessagePublisher,
  NATS,
  follow,
  lastPerSubject,
  type EventStore,
  type Folded,
  type Followed,
} from '#jetstream';

const SUBJECT = 'group.*.*';

/** The concurrency groups that are held or waited for, read from the stream by this replica alone. */
@Injectable()
export class OpenGroups {
  private readonly logger = new Logger(OpenGroups.name);
  readonly #groups = new Map<string, Folded<GroupState>>();
  readonly #stop = new AbortController();
  #onChange: () => void = () => undefined;

  constructor(
    @Inject(NATS) private readonly nc: NatsConnection,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly publisher: MessagePublisher,
  ) {}

  /** Settles when the groups are known as they stand; from then on they follow the stream. @throws StreamUnavailable */
  async start(onChange: () => void = () => undefined): Promise<void> {
    this.#onChange = onChange;
    const end = await this.store.lastSequence();
    for (const last of await lastPerSubject(this.nc, this.publisher.blobs, 'EVENTS', SUBJECT)) this.apply(last);
    void this.listen(end + 1);
  }

  stop(): void {
    this.#stop.abort();
  }

  /** By subject. */
  all(): ReadonlyMap<string, GroupState> {
    return new Map([...this.#groups].map(([subject, { state }]) => [subject, state]));
  }

  /** Takes in what this process has just written, before it comes back by the stream. */
  note(subject: string, folded: Folded<GroupState>): void {
    if ((this.#groups.get(subject)?.revision ?? 0) < folded.revision) this.keep(subject, folded);
  }

  private async listen(from: number): Promise<void> {
    const options = { stream: 'EVENTS', subject: SUBJECT, from, signal: this.#stop.signal };
    for await (const message of follow(this.nc, this.publisher.blobs, options)) {
      this.apply(message);
      this.#onChange();
    }
  }

  private apply({ subject, sequence, payload }: Followed): void {
    try {
      const event = decodeEvent(subject, sequence, payload) as GroupEvent | undefined;
      if (event)
        this.note(subject, { state: groupDecider.evolve(groupDecider.initialState(), event), revision: sequence });
    } catch (error) {
      this.logger.error(messageOf(error)); // nobody gets that group until it is repaired; the others go on
    }
  }

  /** One that nobody has or wants is forgotten: every name that was ever used would stay. */
  private keep(subject: string, folded: Folded<GroupState>): void {
    const { holder, waiting } = folded.state;
    if (holder === undefined && waiting.length === 0) this.#groups.delete(subject);
    else this.#groups.set(subject, folded);
  }
}
