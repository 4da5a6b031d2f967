import { fact, type CommandContext, type Decider, type GroupEvent } from '#events';

export type GroupCommand = CommandContext & Readonly<{ type: 'Acquire' | 'Release'; holder: string }>;

/** `waiting`: in the order in which they asked. */
export type GroupState = Readonly<{ holder?: string; waiting: readonly string[] }>;

const evolve = (state: GroupState, event: GroupEvent): GroupState => {
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
};

/** A free group goes to who waits longest; also after a crash between a release and this. */
const next = (state: GroupState, command: GroupCommand): GroupEvent[] => {
  const holder = state.holder === undefined ? state.waiting[0] : undefined;
  return holder === undefined ? [] : [fact('GroupAcquired', 1, command, { holder }, holder)];
};

const answer = (state: GroupState, command: GroupCommand): GroupEvent[] => {
  const { holder } = command;
  const isKnown = state.holder === holder || state.waiting.includes(holder);
  if (command.type === 'Release') return isKnown ? [fact('GroupReleased', 1, command, { holder }, holder)] : [];
  if (isKnown) return [];
  return state.holder === undefined
    ? [fact('GroupAcquired', 1, command, { holder }, holder)]
    : [fact('GroupWaiting', 1, command, { holder }, holder)];
};

/** A concurrency group: one holder at a time; who asks while it is held waits, and is next in order when it is released. */
export const groupDecider: Decider<GroupState, GroupCommand, GroupEvent> = {
  initialState: () => ({ waiting: [] }),
  evolve,
  decide: (state, command) => {
    const completed = next(state, command);
    const before = completed.reduce(evolve, state);
    const events = answer(before, command);
    return [...completed, ...events, ...next(events.reduce(evolve, before), command)];
  },
};
