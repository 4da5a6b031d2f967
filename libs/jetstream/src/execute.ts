import { LRUCache } from 'lru-cache';
import type { Decider, DomainEvent } from '#events';
import { AppendConflict } from '#errors';
import type { EventStore } from './event-store.js';
import { SharedReads } from './shared-reads.js';

export type Folded<State> = Readonly<{ state: State; revision: number }>;

/** A writer that loses this many times in a row gives way: the message comes again, with backoff. */
const ATTEMPTS = 20;

/** An old state may refuse what the current one allows: then there is nothing to write from it. */
const decidedFrom = <State, Command, Event extends DomainEvent>(
  { decide }: Decider<State, Command, Event>,
  state: State,
  command: Command,
): readonly Event[] => {
  try {
    return decide(state, command);
  } catch {
    return [];
  }
};

/**
 * Runs commands against aggregates: folds, decides, appends, and starts again when somebody else was first. Keeps the
 * folded states of the most recent aggregates with their revision, so that a load reads only what is newer, and a command
 * is decided without one: what an old state leads to is refused when it is written.
 */
export class Aggregates {
  readonly #folded: LRUCache<string, Folded<object>>;
  readonly #reads = new SharedReads();

  constructor(
    readonly store: EventStore,
    capacity = 500,
  ) {
    this.#folded = new LRUCache({ max: capacity });
  }

  /**
   * The aggregate as it is now; with `including`, as it was at some moment at or after that sequence, which need not be
   * read when this process has seen it.
   * @throws what `EventStore.load` throws
   */
  async load<State extends object, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    subject: string,
    including = Infinity,
  ): Promise<Folded<State>> {
    const known = this.#folded.get(subject) as Folded<State> | undefined;
    if (known && known.revision >= including) return known;
    return this.#reads.read(subject, () => this.read(decider, subject));
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
      const isCurrent = attempt > 1;
      const { state, revision } = isCurrent ? await this.load(decider, subject) : this.atHand(decider, subject);
      const events = isCurrent ? decider.decide(state, command) : decidedFrom(decider, state, command);
      if (events.length === 0 && isCurrent) return { state, revision, events };
      if (events.length === 0) continue;
      try {
        const folded = {
          revision: await this.store.append(subject, events, revision),
          state: events.reduce(decider.evolve, state),
        };
        this.remember(subject, folded);
        return { ...folded, events };
      } catch (error) {
        if (!(error instanceof AppendConflict) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** As it was when it was last seen here. What was never seen is taken for new: most of it is. */
  private atHand<State extends object, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    subject: string,
  ): Folded<State> {
    return (this.#folded.get(subject) as Folded<State> | undefined) ?? { state: decider.initialState(), revision: 0 };
  }

  private async read<State extends object, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    subject: string,
  ): Promise<Folded<State>> {
    const known = this.atHand(decider, subject);
    const { events, revision } = decider.snapshots
      ? await this.store.loadLast<Event>(subject)
      : await this.store.load<Event>(subject, known.revision);
    const before = decider.snapshots ? decider.initialState() : known.state;
    const folded = { state: events.reduce(decider.evolve, before), revision };
    this.remember(subject, folded);
    return folded;
  }

  /** A replica may answer with an older state than the one at hand: the newer is kept. */
  private remember(subject: string, folded: Folded<object>): void {
    if ((this.#folded.peek(subject)?.revision ?? -1) <= folded.revision) this.#folded.set(subject, folded);
  }
}
