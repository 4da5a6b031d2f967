import { Deferred } from '../executor/deferred.js';
import { KeyedMutex } from './keyed-mutex.js';

const TOLD = new Error('told to end');

describe('work one at a time', () => {
  it('is not waited for by whoever is told to end, whose turn is passed over', async () => {
    const mutex = new KeyedMutex();
    const first = new Deferred<void>();
    const begun: number[] = [];
    const work =
      (number: number, until: Promise<void> = Promise.resolve()) =>
      (): Promise<void> => {
        begun.push(number);
        return until;
      };
    const running = mutex.run('a', work(1, first.promise));
    const abort = new AbortController();
    const told = mutex.run('a', work(2), abort.signal);
    const third = mutex.run('a', work(3));
    abort.abort(TOLD);
    await expect(told).rejects.toBe(TOLD);
    const fourth = mutex.run('a', work(4));
    expect(begun).toEqual([1]);
    first.resolve();
    await Promise.all([running, third, fourth]);
    expect(begun).toEqual([1, 3, 4]);
  });
});
