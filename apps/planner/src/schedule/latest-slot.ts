import { Cron } from 'croner';

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** The last moment up to `now` that a cron expression of five fields means, in UTC; undefined when there was none. */
export const latestSlot = (cron: string, now: string): string | undefined => {
  const minute = Math.floor(Date.parse(now) / MINUTE_MS) * MINUTE_MS;
  // Only what lies before is looked at, and the minute that has just begun counts.
  const reference = new Date(minute + SECOND_MS);
  return new Cron(cron, { mode: '5-part', timezone: 'UTC' }).previousRuns(1, reference)[0]?.toISOString();
};
