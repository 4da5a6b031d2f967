import type { DomainEvent } from '#events';
import { AppendConflict } from '#errors';
import type { EventStore, History } from './event-store.js';

type Stored = Readonly<{ subject: string; sequence: number; event: DomainEvent }>;

/** An `EventStore` within the process, for scenario tests: the same conflicts and duplicates, no durability. */
export class InMemoryEventStore implements EventStore {
  readonly all: Stored[] = [];

  load<E extends DomainEvent>(subject: string, afterRevision = 0): Promise<History<E>> {
    const of = this.all.filter((stored) => stored.subject === subject && stored.sequence > afterRevision);
    return Promise.resolve({
      events: of.map((stored) => stored.event as E),
      revision: of.at(-1)?.sequence ?? afterRevision,
    });
  }

  async loadLast<E extends DomainEvent>(subject: string): Promise<History<E>> {
    const { events, revision } = await this.load<E>(subject);
    return { events: events.slice(-1), revision };
  }

  append(subject: string, events: readonly DomainEvent[], expectedRevision: number): Promise<number> {
    return Promise.resolve().then(() => this.write(subject, events, expectedRevision));
  }

  /** Without a pause between the check and the write, as on the server. */
  private write(subject: string, events: readonly DomainEvent[], expectedRevision: number): number {
    let revision = expectedRevision;
    for (const event of events) {
      const known = this.all.find((stored) => stored.event.id === event.id);
      if (known && JSON.stringify([known.subject, known.event]) === JSON.stringify([subject, event])) {
        revision = known.sequence;
        continue;
      }
      const current = this.all.findLast((stored) => stored.subject === subject)?.sequence ?? 0;
      if (known || current !== revision) throw new AppendConflict(subject, revision);
      revision = this.all.length + 1;
      this.all.push({ subject, sequence: revision, event });
    }
    return revision;
  }

  lastSequence(): Promise<number> {
    return Promise.resolve(this.all.length);
  }
}
