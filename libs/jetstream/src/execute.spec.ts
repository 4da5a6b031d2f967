import fc from 'fast-check';
import { AppendConflict, CommandRefused } from '#errors';
import { fact, type CommandContext, type Decider, type DomainEvent } from '#events';
import { context } from '#testing';
import { Aggregates } from './execute.js';
import { InMemoryEventStore } from './in-memory-event-store.js';

type Counted = DomainEvent<'Counted', 1, { by: string }>;
type Count = CommandContext & Readonly<{ by: string; upTo: number }>;

/** Counts everybody once, up to a limit; each command also completes the pair of its predecessor. */
const counter: Decider<readonly string[], Count, Counted> = {
  initialState: () => [],
  evolve: (state, event) => [...state, event.data.by],
  decide: (state, command) => {
    if (state.length >= command.upTo) throw new CommandRefused('full');
    return state.includes(command.by) ? [] : [fact('Counted', 1, command, { by: command.by }, command.by)];
  },
};
const SUBJECT = 'repo.gh-1';
const count = (by: string, upTo = 100): Count => ({ ...context(SUBJECT, by), by, upTo });

/** Writes of somebody else, in between this one's load and append. */
class Contended extends InMemoryEventStore {
  rivals: string[] = [];
  loads: number[] = [];
  /** What was read is told only after this. */
  slow: Promise<void> | undefined;

  override async load<E extends DomainEvent>(subject: string, afterRevision = 0) {
    this.loads.push(afterRevision);
    const history = await super.load<E>(subject, afterRevision);
    await this.slow;
    return history;
  }

  override async append(subject: string, events: readonly DomainEvent[], expectedRevision: number): Promise<number> {
    const rival = this.rivals.shift();
    if (rival !== undefined) {
      const last = await this.lastSequence();
      await super.append(subject, [fact('Counted', 1, context(subject, rival), { by: rival }, rival)], last);
    }
    return super.append(subject, events, expectedRevision);
  }
}

describe('execute', () => {
  it('writes what is decided, and tells the state after it', async () => {
    const store = new InMemoryEventStore();
    const result = await new Aggregates(store).execute(counter, SUBJECT, count('a'));
    expect(result).toMatchObject({ state: ['a'], revision: 1, events: [{ type: 'Counted' }] });
    expect(store.all).toHaveLength(1);
  });

  it('writes nothing when nothing has to change', async () => {
    const store = new InMemoryEventStore();
    const aggregates = new Aggregates(store);
    await aggregates.execute(counter, SUBJECT, count('a'));
    expect(await aggregates.execute(counter, SUBJECT, count('a'))).toEqual({ state: ['a'], revision: 1, events: [] });
    expect(store.all).toHaveLength(1);
  });

  it('decides again when somebody else was first', async () => {
    const store = new Contended();
    store.rivals = ['x', 'y', 'z'];
    expect(await new Aggregates(store).execute(counter, SUBJECT, count('a'))).toMatchObject({
      state: ['x', 'y', 'z', 'a'],
      revision: 4,
    });
  });

  it('finds that somebody else did what it wanted', async () => {
    const store = new Contended();
    store.rivals = ['a'];
    const result = await new Aggregates(store).execute(counter, SUBJECT, { ...count('a'), cause: 'another' });
    expect(result.events).toEqual([]);
    expect(store.all).toHaveLength(1);
  });

  it('gives way when others are always first', async () => {
    const store = new Contended();
    store.rivals = Array.from({ length: 50 }, (_, index) => `rival ${index}`);
    await expect(new Aggregates(store).execute(counter, SUBJECT, count('a'))).rejects.toThrow(AppendConflict);
    expect(store.all).toHaveLength(20);
  });

  it('passes on a refusal, and writes nothing', async () => {
    const store = new InMemoryEventStore();
    await expect(new Aggregates(store).execute(counter, SUBJECT, count('a', 0))).rejects.toThrow(CommandRefused);
    expect(store.all).toEqual([]);
  });

  it('decides without a read what it has seen, and what is new', async () => {
    const store = new Contended();
    const aggregates = new Aggregates(store);
    await aggregates.execute(counter, SUBJECT, count('a'));
    await aggregates.execute(counter, SUBJECT, count('b'));
    expect(store.loads).toEqual([]);
    expect((await new Aggregates(store).load(counter, SUBJECT)).state).toEqual(['a', 'b']);
  });

  it('reads only what is newer than what it knows', async () => {
    const store = new Contended();
    const aggregates = new Aggregates(store);
    await aggregates.execute(counter, SUBJECT, count('a'));
    await new Aggregates(store).execute(counter, SUBJECT, count('b'));
    store.loads = [];
    expect(await aggregates.load(counter, SUBJECT)).toEqual({ state: ['a', 'b'], revision: 2 });
    expect(store.loads).toEqual([1]);
  });

  it('looks at the current state before it says that nothing has to change, or refuses', async () => {
    const store = new Contended();
    const [one, two] = [new Aggregates(store), new Aggregates(store)];
    await one.execute(counter, SUBJECT, count('a'));
    await two.execute(counter, SUBJECT, count('b'));
    expect(await one.execute(counter, SUBJECT, count('a'))).toEqual({ state: ['a', 'b'], revision: 2, events: [] });
    await two.execute(counter, SUBJECT, count('c'));
    await expect(one.execute(counter, SUBJECT, count('d', 2))).rejects.toThrow(CommandRefused);
    expect(await one.load(counter, SUBJECT, 3)).toMatchObject({ revision: 3 });
  });

  it('answers from what it has seen when that includes what is asked for', async () => {
    const store = new Contended();
    const aggregates = new Aggregates(store);
    await aggregates.execute(counter, SUBJECT, count('a'));
    await new Aggregates(store).execute(counter, SUBJECT, count('b'));
    store.loads = [];
    expect((await aggregates.load(counter, SUBJECT, 1)).state).toEqual(['a']);
    expect(store.loads).toEqual([]);
    expect((await aggregates.load(counter, SUBJECT, 2)).state).toEqual(['a', 'b']);
    expect(store.loads).toEqual([1]);
  });

  it('reads once for all who ask while a read is under way, and not with that one', async () => {
    const store = new Contended();
    const aggregates = new Aggregates(store);
    let answer = (): void => undefined;
    store.slow = new Promise((resolve) => (answer = resolve));
    const first = aggregates.load(counter, SUBJECT);
    await new Aggregates(store).execute(counter, SUBJECT, count('x'));
    const others = Array.from({ length: 5 }, () => aggregates.load(counter, SUBJECT));
    answer();
    expect((await first).state).toEqual([]);
    for (const { state } of await Promise.all(others)) expect(state).toEqual(['x']);
    expect(store.loads).toHaveLength(2);
  });

  it('loads an aggregate that was crowded out from its start', async () => {
    const store = new Contended();
    const aggregates = new Aggregates(store, 1);
    await aggregates.execute(counter, SUBJECT, count('a'));
    await aggregates.load(counter, 'repo.gh-2');
    expect((await aggregates.load(counter, SUBJECT)).state).toEqual(['a']);
    expect(store.loads).toEqual([0, 0]);
  });

  it('loads only the last event of an aggregate that carries its state', async () => {
    const store = new InMemoryEventStore();
    const latest: typeof counter = { ...counter, snapshots: true, evolve: (_, event) => [event.data.by] };
    const aggregates = new Aggregates(store);
    await aggregates.execute(latest, SUBJECT, count('a'));
    await aggregates.execute(latest, SUBJECT, count('b'));
    expect(await aggregates.load(latest, SUBJECT)).toEqual({ state: ['b'], revision: 2 });
  });

  it('never decides from an old state, and never shows one for the current', async () => {
    const step = fc.record({
      who: fc.nat(2),
      what: fc.oneof(fc.record({ count: fc.constantFrom('a', 'b', 'c', 'd', 'e') }), fc.record({ load: fc.boolean() })),
      waits: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const store = new InMemoryEventStore();
        const writers = [0, 1, 2].map(() => new Aggregates(store, 1));
        const folded = (upTo: number): readonly string[] =>
          store.all.slice(0, upTo).map(({ event }) => (event as Counted).data.by);
        const take = async ({ who, what }: (typeof steps)[number], index: number): Promise<void> => {
          const aggregates = writers[who] as Aggregates;
          const before = await store.lastSequence();
          if ('load' in what) {
            const { state, revision } = await aggregates.load(counter, SUBJECT, ...(what.load ? [before] : []));
            expect(revision).toBeGreaterThanOrEqual(before);
            expect(state).toEqual(folded(revision));
            return;
          }
          const command = { ...count(what.count), cause: `step ${index}` };
          const { state, revision, events } = await aggregates.execute(counter, SUBJECT, command);
          expect(state).toEqual(folded(revision));
          expect(state).toContain(what.count);
          if (events.length === 0) expect(revision).toBeGreaterThanOrEqual(before);
        };
        const underWay: Promise<void>[] = [];
        for (const [index, each] of steps.entries()) {
          underWay.push(take(each, index));
          if (each.waits) await Promise.all(underWay.splice(0));
        }
        await Promise.all(underWay);
        const names = folded(store.all.length);
        expect(names).toEqual([...new Set(names)]);
      }),
    );
  });

  it('counts everybody once, however many at a time', async () => {
    const store = new InMemoryEventStore();
    const [one, two] = [new Aggregates(store), new Aggregates(store)];
    const names = Array.from({ length: 8 }, (_, index) => `n${index}`);
    await Promise.all(names.flatMap((name) => [one, two].map((each) => each.execute(counter, SUBJECT, count(name)))));
    const { state } = await one.load(counter, SUBJECT);
    expect([...state].sort()).toEqual(names);
    expect((await two.load(counter, SUBJECT)).state).toEqual(state);
  });
});

describe('in-memory event store', () => {
  const event = (cause: string, data: object = {}) => fact('Counted', 1, context(SUBJECT, cause), data);

  it('lets one of several writers at a revision win', async () => {
    const store = new InMemoryEventStore();
    const writes = ['a', 'b', 'c'].map((cause) => store.append(SUBJECT, [event(cause)], 0));
    const results = await Promise.allSettled(writes);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(store.all).toHaveLength(1);
  });

  it('takes the same event twice for one, and refuses another with its id', async () => {
    const store = new InMemoryEventStore();
    expect(await store.append(SUBJECT, [event('a')], 0)).toBe(1);
    expect(await store.append(SUBJECT, [event('a')], 0)).toBe(1);
    await expect(store.append(SUBJECT, [event('a', { other: 1 })], 1)).rejects.toThrow(AppendConflict);
    await expect(store.append('repo.gh-2', [event('a')], 0)).rejects.toThrow(AppendConflict);
  });
});
