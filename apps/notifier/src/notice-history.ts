import type { Decider, NoticeEvent, NotificationFailed, NotificationSent } from '#events';
import type { LinkedStatus } from './desired-status.js';

/** `sent`: the last status that the forge took; `failed`: one that it refused after that. */
export type NoticeHistory = Readonly<{ sent?: NotificationSent['data']; failed?: NotificationFailed['data'] }>;

const evolve = (state: NoticeHistory, event: NoticeEvent): NoticeHistory => {
  switch (event.type) {
    case 'NotificationSent':
      return { sent: event.data };
    case 'NotificationFailed':
      return { ...state, failed: event.data };
    default:
      event satisfies never;
      return state;
  }
};

/** Folds `build.<id>.notice`. */
export const noticeHistory: Decider<NoticeHistory, never, NoticeEvent> = {
  initialState: () => ({}),
  evolve,
  decide: () => [],
};

export const isSame = (a: Omit<LinkedStatus, 'state'> & { state: string }, b: LinkedStatus): boolean =>
  a.sha === b.sha &&
  a.context === b.context &&
  a.state === b.state &&
  a.description === b.description &&
  a.targetUrl === b.targetUrl;

/** Whether the last thing known is that the forge shows this status. */
export const isShown = ({ sent, failed }: NoticeHistory, status: LinkedStatus): boolean =>
  failed === undefined && sent !== undefined && isSame(sent, status);

/** Whether it is recorded already that the forge does not take it. */
export const isKnownRefusal = ({ failed }: NoticeHistory, { sha, context, state }: LinkedStatus): boolean =>
  failed?.sha === sha && failed.context === context && failed.state === state;
