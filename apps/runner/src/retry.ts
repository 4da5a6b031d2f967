import { setTimeout as pause } from 'node:timers/promises';
import { CairnError } from '#errors';

const FIRST_MS = 50;
const LONGEST_MS = 2_000;

/**
 * Repeats `work` while its failure is worth another try. `work` must decide again from what is stored: after a timeout it
 * is not known whether the write took place.
 * @throws errors whose disposition is not `retry`, and the signal's reason.
 */
export const untilDone = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
  for (let delay = FIRST_MS; ; delay = Math.min(delay * 2, LONGEST_MS)) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CairnError) || error.disposition !== 'retry') throw error;
      await pause(delay, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  }
};
