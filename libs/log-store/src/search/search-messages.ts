import type { LogAddress } from '#events';
import type { LogSearch, LogSearchPage } from './log-search.js';

/** What the thread is given when it begins. `writes`: it keeps the index of the directory, and first brings it up to date. */
export type SearchThreadData = Readonly<{ directory: string; writes: boolean }>;

/** `stop` is not answered: the thread ends. */
export type SearchQuestion = Readonly<{ id: number }> &
  Readonly<
    { kind: 'index'; addresses: readonly LogAddress[] } | { kind: 'search'; search: LogSearch } | { kind: 'stop' }
  >;

/** `problem`: why it could not be done. */
export type SearchAnswer = Readonly<{ id: number; page?: LogSearchPage; problem?: string }>;
