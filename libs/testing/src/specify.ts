import type { CommandContext, Decider, DomainEvent } from '#events';

/** Given these events, when this command, then these facts. */
export const specify =
  <State, Command, Event extends DomainEvent>(decider: Decider<State, Command, Event>) =>
  (...past: readonly Event[]) => ({
    when: (command: Command) => {
      const decide = (): readonly Event[] =>
        decider.decide(past.reduce(decider.evolve, decider.initialState()), command);
      return {
        then: (...expected: readonly Pick<Event, 'type' | 'data'>[]): void => {
          expect(decide().map(({ type, data }) => ({ type, data }))).toEqual(
            expected.map(({ type, data }) => ({ type, data })),
          );
        },
        thenNothing: (): void => {
          expect(decide()).toEqual([]);
        },
        thenThrows: (type: new (...args: never[]) => Error): void => {
          expect(decide).toThrow(type as new () => Error);
        },
      };
    },
  });

/** A command's context for tests. */
export const context = (subject: string, cause = 'test'): CommandContext => ({
  subject,
  at: '2026-01-01T00:00:00.000Z',
  cause,
  actor: { kind: 'system', id: 'test', name: 'Test' },
});
