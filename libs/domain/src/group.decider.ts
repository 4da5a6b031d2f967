import { fact, type CommandContext, type Decider, type GroupEvent, type GroupSnapshot } from '#events';

export type GroupCommand = CommandContext & Readonly<{ type: 'Acquire' | 'Release'; holder: string }>;

/** `waiting`: in the order in which they asked. */
export type GroupState = GroupSnapshot;

const moved = (state: GroupState, kind: GroupEvent['type'], holder: string): GroupState => {
  const waiting = state.waiting.filter((name) => name !== holder);
  switch (kind) {
    case 'GroupAcquired':
      return { holder, waiting };
    case 'GroupWaiting':
      return { ...state, waiting: [...waiting, holder] };
    case 'GroupReleased':
      return state.holder === holder ? { waiting } : { ...state, waiting };
    default:
      kind satisfies never;
      return state;
  }
};

const evolve = (state: GroupState, { type, data }: GroupEvent): GroupState =>
  data.group ?? moved(state, type, data.holder);

/** The event, which carries the group as it is after it. */
const event = (state: GroupState, type: GroupEvent['type'], command: GroupCommand, holder: string): GroupEvent =>
  fact(type, 1, command, { holder, group: moved(state, type, holder) }, holder);

/** A free group goes to who waits longest; also after a crash between a release and this. */
const next = (state: GroupState, command: GroupCommand): GroupEvent[] => {
  const holder = state.holder === undefined ? state.waiting[0] : undefined;
  return holder === undefined ? [] : [event(state, 'GroupAcquired', command, holder)];
};

const answer = (state: GroupState, command: GroupCommand): GroupEvent[] => {
  const { holder } = command;
  const isKnown = state.holder === holder || state.waiting.includes(holder);
  if (command.type === 'Release') return isKnown ? [event(state, 'GroupReleased', command, holder)] : [];
  if (isKnown) return [];
  return [event(state, state.holder === undefined ? 'GroupAcquired' : 'GroupWaiting', command, holder)];
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
  snapshots: true,
};
