import { unlessAborted } from '../unless-aborted.js';

/** Runs work one at a time for each key, in the order in which it was asked for. Keys do not wait for each other. */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** `signal` ends the waiting; work that has begun must look at it itself. @throws the reason of `signal` */
  async run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const result = before.then(() => {
      signal?.throwIfAborted();
      return work();
    });
    const tail = result
      .catch(() => undefined)
      .finally(() => {
        if (this.#tails.get(key) === tail) this.#tails.delete(key);
      });
    this.#tails.set(key, tail);
    if (signal) await unlessAborted(before, signal);
    return result;
  }
}
