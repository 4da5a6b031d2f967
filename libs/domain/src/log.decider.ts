import { fact, type CommandContext, type Decider, type LogEvent, type LogStored } from '#events';

export type LogCommand = CommandContext & Readonly<{ type: 'RecordStored'; stored: LogStored['data'] }>;

/** By `attempt.step`: whether the store's log was found complete. */
export type LogState = ReadonlyMap<string, boolean>;

const keyOf = ({ attempt, step }: Pick<LogStored['data'], 'attempt' | 'step'>): string => `${attempt}.${step}`;

/** What the log store was found to hold of a job. A log that was not complete may be found complete later. */
export const logDecider: Decider<LogState, LogCommand, LogEvent> = {
  initialState: () => new Map(),
  evolve: (state, event) => new Map(state).set(keyOf(event.data), event.data.complete),
  decide: (state, command) => {
    const known = state.get(keyOf(command.stored));
    if (known === true || known === command.stored.complete) return [];
    return [fact('LogStored', 1, command, command.stored, `${keyOf(command.stored)}.${command.stored.complete}`)];
  },
};
