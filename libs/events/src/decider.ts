import type { DomainEvent } from './event.js';

/**
 * A decision: `decide` looks only at state and command, `evolve` never throws and never decides. Neither has I/O, a clock
 * or randomness.
 */
export type Decider<State, Command, Event extends DomainEvent> = Readonly<{
  initialState: () => State;
  evolve: (state: State, event: Event) => State;
  decide: (state: State, command: Command) => readonly Event[];
  /** Each event carries the whole state: loading is reading the last one. */
  snapshots?: true;
}>;
