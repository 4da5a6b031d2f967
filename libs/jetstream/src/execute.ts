import { LRUCache } from 'lru-cache';
import type { Decider, DomainEvent } from '#events';
import { AppendConflict } from '#errors';
import type { EventStore } from './event-store.js';

export type Folded<State> = Readonly<{ state: State; revision: number }>;

/** A writer that loses this many times in a row gives way: the message comes again, with backoff. */
const ATTEMPTS = 20;

/**
 * Runs commands against aggregates: loads, folds, decides, appends, and starts again when somebody else was first. Keeps
 * the folded states of the most recent aggregates with their revision, so that a load reads only what is newer.
 */
export class Aggregates {
  readonly #folded: LRUCache<string, Folded<object>>;

  constructor(
    readonly store: EventStore,
    capacity = 500,
  ) {
    this.#folded = new LRUCache({ max: capacity });
  }

  /** The aggregate as it is now. @throws what `EventStore.load` throws */
  async load<State extends object, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    subject: string,
  ): Promise<Folded<State>> {
    if (decider.snapshots) {
      const { events, revision } = await this.store.loadLast<Event>(subject);
      return { state: events.reduce(decider.evolve, decider.initialState()), revision };
    }
    const known = (this.#folded.get(subject) as Folded<State> | undefined) ?? {
      state: decider.initialState(),
      revision: 0,
    };
    const { events, revision } = await this.store.load<Event>(subject, known.revision);
    const folded = { state: events.reduce(decider.evolve, known.state), revision };
    this.remember(subject, folded);
    return folded;
  }

  /**
   * Returns the state after the command, and the events that it led to (none: nothing had to change).
   * @throws what `decide` throws · AppendConflict when others were always first · StreamUnavailable
   */
  async execute<State extends object, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    subject: string,
    command: Command,
  ): Promise<Folded<State> & { readonly events: readonly Event[] }> {
    for (let attempt = 1; ; attempt += 1) {
      const { state, revision } = await this.load(decider, subject);
      const events = decider.decide(state, command);
      if (events.length === 0) return { state, revision, events };
      try {
        const folded = {
          revision: await this.store.append(subject, events, revision),
          state: events.reduce(decider.evolve, state),
        };
        if (!decider.snapshots) this.remember(subject, folded);
        return { ...folded, events };
      } catch (error) {
        if (!(error instanceof AppendConflict) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** A replica may answer with an older state than the one at hand: the newer is kept. */
  private remember(subject: string, folded: Folded<object>): void {
    if ((this.#folded.peek(subject)?.revision ?? -1) <= folded.revision) this.#folded.set(subject, folded);
  }
}
