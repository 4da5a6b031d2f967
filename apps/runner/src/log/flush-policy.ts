/** How long output may wait for more before it is published. */
export const FLUSH_MS = 50;

/** What waits to be published. Times in milliseconds; `since` is when the oldest of it was read. */
export type Waiting = Readonly<{
  /** Whole lines wait. */
  lines: boolean;
  /** As much waits as one chunk usually holds. */
  chunk: boolean;
  since: number;
  lastPublishedAt: number;
  ended: boolean;
}>;

/** Whether what was read at `since` has waited long enough; a clock that was set back must not make it wait for ever. */
export const isDue = (since: number, now: number): boolean => now - since >= FLUSH_MS || now < since;

/**
 * In how many milliseconds to publish what waits; 0 is now. After a pause a line goes out at once, and what follows is
 * gathered; a line that has no end yet (a prompt) may still get one, so it always waits.
 */
export const msToFlush = ({ lines, chunk, since, lastPublishedAt, ended }: Waiting, now: number): number => {
  const from = lines ? Math.min(since, lastPublishedAt) : since;
  return ended || chunk || isDue(from, now) ? 0 : from + FLUSH_MS - now;
};
