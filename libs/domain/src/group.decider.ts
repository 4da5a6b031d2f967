import { fact, type CommandContext, type Decider, type GroupEvent } from '#events';

export type GroupCommand = CommandContext & Readonly<{ type: 'Acquire' | 'Release'; holder: string }>;

/** `waiting`: in the order in which they asked. */
export type GroupState = Readonly<{ holder?: string; waiting: readonly string[] }>;

/** A concurrency group: one holder at a time; who asks while it is held waits, and is next in order when it is released. */
export const groupDecider: Decider<GroupState, GroupCommand, GroupEvent> = {
  initialState: () => ({ waiting: [] }),
  evolve: (state, event) => {
    const { holder } = event.data;
    const waiting = state.waiting.filter((name) => name !== holder);
    switch (event.type) {
      case 'GroupAcquired':
        return { holder, waiting };
      case 'GroupWaiting':
        return { ...state, waiting: [...waiting, holder] };
      case 'GroupReleased':
        return state.holder === holder ? { waiting } : { ...state, waiting };
      default:
        event satisfies never;
        return state;
    }
  },
  decide: (state, command) => {
    const { holder } = command;
    if (command.type === 'Acquire') {
      if (state.holder === holder) return [];
      if (state.holder === undefined) return [fact('GroupAcquired', 1, command, { holder }, holder)];
      return state.waiting.includes(holder) ? [] : [fact('GroupWaiting', 1, command, { holder }, holder)];
    }
    if (state.holder !== holder)
      return state.waiting.includes(holder) ? [fact('GroupReleased', 1, command, { holder }, holder)] : [];
    const next = state.waiting[0];
    const released = fact('GroupReleased', 1, command, { holder }, holder);
    return next === undefined ? [released] : [released, fact('GroupAcquired', 1, command, { holder: next }, next)];
  },
};
