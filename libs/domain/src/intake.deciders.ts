import {
  fact,
  type CommandContext,
  type Decider,
  type DeliveryAccepted,
  type DeliveryEvent,
  type DeliveryIgnored,
  type RequestAccepted,
  type RequestEvent,
  type RequestRefused,
} from '#events';

/** `decided`: the one answer; whatever is asked later, it stays. */
export type IntakeState<Event> = Readonly<{ decided?: Event }>;

export type DeliveryCommand = CommandContext &
  (
    | Readonly<{ type: 'AcceptDelivery'; accepted: DeliveryAccepted['data'] }>
    | Readonly<{ type: 'IgnoreDelivery'; ignored: DeliveryIgnored['data'] }>
  );

/** What became of a webhook. */
export const deliveryDecider: Decider<IntakeState<DeliveryEvent>, DeliveryCommand, DeliveryEvent> = {
  initialState: () => ({}),
  evolve: (state, event) => (state.decided ? state : { decided: event }),
  decide: (state, command) => {
    if (state.decided) return [];
    return command.type === 'AcceptDelivery'
      ? [fact('DeliveryAccepted', 1, command, command.accepted)]
      : [fact('DeliveryIgnored', 1, command, command.ignored)];
  },
};

export type RequestCommand = CommandContext &
  (
    | Readonly<{ type: 'AcceptRequest'; accepted: RequestAccepted['data'] }>
    | Readonly<{ type: 'RefuseRequest'; refused: RequestRefused['data'] }>
  );

/** What became of something that a person asked for. */
export const requestDecider: Decider<IntakeState<RequestEvent>, RequestCommand, RequestEvent> = {
  initialState: () => ({}),
  evolve: (state, event) => (state.decided ? state : { decided: event }),
  decide: (state, command) => {
    if (state.decided) return [];
    return command.type === 'AcceptRequest'
      ? [fact('RequestAccepted', 1, command, command.accepted)]
      : [fact('RequestRefused', 1, command, command.refused)];
  },
};
