import { CairnError, type Disposition } from '#errors';

/** An error that is none of ours may be a fault of this program: after this many deliveries the message goes to `DEAD`. */
const UNKNOWN_ERROR_DELIVERIES = 10;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;

/** What becomes of a message whose handler threw. */
export const dispositionOf = (error: unknown, deliveries: number): Disposition => {
  if (error instanceof CairnError) return error.disposition;
  return deliveries >= UNKNOWN_ERROR_DELIVERIES ? 'dead' : 'retry';
};

/** Milliseconds until the next delivery: what the error asks for (`retryAfterMs`), else doubling up to half a minute. */
export const backoffMs = (error: unknown, deliveries: number): number => {
  const asked =
    error instanceof CairnError && 'retryAfterMs' in error && typeof error.retryAfterMs === 'number'
      ? error.retryAfterMs
      : 0;
  return Math.max(asked, Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(deliveries - 1, 20)));
};
