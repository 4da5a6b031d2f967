import { Inject, Injectable, Logger } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { messageOf } from '#errors';
import { decodeEvent, type RepoEvent, type RepoSnapshot } from '#events';
import { EVENT_STORE, MessagePublisher, NATS, follow, lastPerSubject, type EventStore } from '#jetstream';

/** The repositories that have schedules, as this replica has last heard of them. */
@Injectable()
export class ScheduledRepos {
  private readonly logger = new Logger(ScheduledRepos.name);
  readonly #repos = new Map<string, RepoSnapshot>();
  readonly #stop = new AbortController();

  constructor(
    @Inject(NATS) private readonly nc: NatsConnection,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly publisher: MessagePublisher,
  ) {}

  /** Settles when all repositories are known; from then on they follow the stream. @throws StreamUnavailable */
  async start(): Promise<void> {
    const from = (await this.store.lastSequence()) + 1;
    const last = await lastPerSubject(this.nc, this.publisher.blobs, 'EVENTS', 'repo.*');
    for (const { subject, sequence, payload } of last) this.note(subject, sequence, payload);
    void this.listen(from);
  }

  stop(): void {
    this.#stop.abort();
  }

  all(): readonly RepoSnapshot[] {
    return [...this.#repos.values()];
  }

  private async listen(from: number): Promise<void> {
    const options = { stream: 'EVENTS', subject: 'repo.*', from, signal: this.#stop.signal };
    for await (const { subject, sequence, payload } of follow(this.nc, this.publisher.blobs, options))
      this.note(subject, sequence, payload);
  }

  private note(subject: string, sequence: number, payload: Uint8Array): void {
    try {
      const event = decodeEvent(subject, sequence, payload) as RepoEvent | undefined;
      const repo = event?.data.repo;
      if (repo?.schedules?.entries.length) this.#repos.set(subject, repo);
      else this.#repos.delete(subject);
    } catch (error) {
      this.logger.error(messageOf(error));
    }
  }
}
