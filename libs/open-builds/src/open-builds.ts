import { Inject, Injectable, Logger } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  evolvePlan,
  initialPlan,
  isAskedFor,
  isOver,
  type OpenBuild,
  type PlanState,
  type Turn,
  type Turns,
} from '#domain';
import { messageOf } from '#errors';
import { aggregateOf, decodeEvent, firstSequenceOf, type PlanEvent, type RepoEvent } from '#events';
import { EVENT_STORE, MessagePublisher, NATS, follow, lastPerSubject, type EventStore, type Folded } from '#jetstream';

/**
 * The builds that are not over, folded from the stream by this process alone: what admission decides on, and what the queue
 * is shown from.
 */
@Injectable()
export class OpenBuilds {
  private readonly logger = new Logger(OpenBuilds.name);
  readonly #builds = new Map<string, Folded<PlanState>>();
  /** By pool and repository, by the sequence of its last `JobsQueued`. */
  readonly #turns = new Map<string, Map<string, Turn>>();
  readonly #stop = new AbortController();
  readonly #listeners = new Set<() => void>();

  constructor(
    @Inject(NATS) private readonly nc: NatsConnection,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly publisher: MessagePublisher,
  ) {}

  /** Settles when it is known where to begin; from then on the view follows the stream. @throws StreamUnavailable */
  async start(): Promise<void> {
    const from = await this.firstNeeded();
    void this.listen(from);
  }

  stop(): void {
    this.#stop.abort();
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  get turns(): Turns {
    return this.#turns;
  }

  /** Oldest first: build ids sort by time. */
  all(): readonly OpenBuild[] {
    return [...this.#builds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, { state }]) => [id, state]);
  }

  /** Takes in the jobs that this process has just queued, before it comes back by the stream. */
  note(
    buildId: string,
    { state, revision, events }: Folded<PlanState> & { readonly events: readonly PlanEvent[] },
  ): void {
    const known = this.#builds.get(buildId);
    if (!known || known.revision >= revision) return;
    for (const event of events) this.noteTurns(state, event, revision);
    this.keep(buildId, { state, revision });
  }

  private noteTurns(state: PlanState, event: PlanEvent, at: number): void {
    if (event.type !== 'JobsQueued') return;
    const turn = { at, asked: isAskedFor(state) };
    for (const { pool } of event.data.jobs) {
      const turns = this.#turns.get(pool) ?? new Map<string, Turn>();
      this.#turns.set(pool, turns.set(state.request?.repoId ?? '', turn));
    }
  }

  private keep(buildId: string, folded: Folded<PlanState>): void {
    if (isOver(folded.state)) this.#builds.delete(buildId);
    else this.#builds.set(buildId, folded);
  }

  /** Every open build is registered in its repository; none has an event before the sequence its id begins with. */
  private async firstNeeded(): Promise<number> {
    const end = await this.store.lastSequence();
    const repos = await lastPerSubject(this.nc, this.publisher.blobs, 'EVENTS', 'repo.*');
    const starts = repos.flatMap(({ subject, sequence, payload }) => {
      try {
        const event = decodeEvent(subject, sequence, payload) as RepoEvent | undefined;
        return event?.data.repo.open.map((open) => firstSequenceOf(open.buildId)) ?? [];
      } catch (error) {
        this.logger.error(messageOf(error));
        return [];
      }
    });
    return starts.reduce((first, start) => Math.min(first, start), end + 1);
  }

  private async listen(from: number): Promise<void> {
    const options = { stream: 'EVENTS', subject: 'build.*.plan', from, signal: this.#stop.signal };
    for await (const { subject, sequence, payload } of follow(this.nc, this.publisher.blobs, options)) {
      this.apply(subject, sequence, payload);
      this.#listeners.forEach((listener) => listener());
    }
  }

  private apply(subject: string, sequence: number, payload: Uint8Array): void {
    const plan = aggregateOf(subject);
    if (plan?.kind !== 'plan') return;
    const { buildId } = plan;
    try {
      const event = decodeEvent(subject, sequence, payload) as PlanEvent | undefined;
      const known = this.#builds.get(buildId);
      if (!event || (!known && event.type !== 'BuildRequested') || (known && known.revision >= sequence)) return;
      const state = evolvePlan(known?.state ?? initialPlan(), event);
      this.noteTurns(state, event, sequence);
      this.keep(buildId, { state, revision: sequence });
    } catch (error) {
      this.logger.error(`${messageOf(error)}; build ${buildId} is stuck`);
      this.#builds.delete(buildId);
    }
  }
}
