import type { LogAddress } from '#events';
import type { LogQuery } from './log-query.js';

/**
 * What to look for. `builds`: only in logs of these; without it: in all. `after`: where an earlier answer ended. `limit`: how
 * many lines at most.
 */
export type LogSearch = Readonly<{
  query: LogQuery;
  builds?: readonly string[];
  after?: string;
  limit: number;
}>;

/**
 * A line that has all that was looked for. `text`: what a terminal shows of it, cut to `SHOWN_CHARACTERS` about the first
 * find. `spans`: where in `text` it is, from and to, in UTF-16 units, rising. `at`: when its first piece was read, in
 * milliseconds since 1970.
 */
export type LogHit = Readonly<{
  address: LogAddress;
  line: number;
  at: number;
  text: string;
  spans: readonly (readonly [number, number])[];
}>;

/** `after`, when there is more to look through: also a page with few hits, or none, may have it. */
export type LogSearchPage = Readonly<{ hits: readonly LogHit[]; after?: string }>;

/** How much of a line is shown of a hit. */
export const SHOWN_CHARACTERS = 1_000;
/** How much of a line is searched, in bytes: what comes after it in the same line is not found. */
export const SEARCHED_LINE_BYTES = 256 * 1024;
