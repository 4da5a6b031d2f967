import type { DomainEvent } from '#events';

/** The events of one aggregate. `revision`: the sequence of the last one, 0 when there is none. */
export type History<E extends DomainEvent> = Readonly<{ events: readonly E[]; revision: number }>;

/**
 * Aggregates, one exact subject each. Safe to use side by side; of two writers at the same revision one wins.
 * All methods @throws StreamUnavailable when JetStream does not answer: then it is not known whether a write took place,
 * and the caller must load and decide again.
 */
export interface EventStore {
  /**
   * The events after `afterRevision` (default: all).
   * @throws UndecodableEvent when one of them cannot be read.
   */
  load<E extends DomainEvent>(subject: string, afterRevision?: number): Promise<History<E>>;
  /** Only the newest event: for aggregates whose events carry their whole state. */
  loadLast<E extends DomainEvent>(subject: string): Promise<History<E>>;
  /**
   * Appends in order and returns the new revision.
   * @throws AppendConflict when the subject is no longer at `expectedRevision` (0: no events yet); of several events
   *   the first ones may have been written then.
   */
  append(subject: string, events: readonly DomainEvent[], expectedRevision: number): Promise<number>;
  /** The sequence of the newest event of all aggregates: the lower bound in a new build's id. */
  lastSequence(): Promise<number>;
}

export const EVENT_STORE = Symbol('EventStore');
