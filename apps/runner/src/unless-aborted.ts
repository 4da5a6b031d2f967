import { Deferred } from './executor/deferred.js';

/** Waits for work that cannot be told to end, and that may go on by itself. @throws the reason of `signal` */
export const unlessAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  work.catch(() => undefined); // nobody may wait for it any more
  signal.throwIfAborted();
  const left = new Deferred<never>();
  const leave = (): void => left.reject(signal.reason);
  signal.addEventListener('abort', leave);
  try {
    return await Promise.race([work, left.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
};
