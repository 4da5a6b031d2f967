import { KeyedQueue } from './keyed-queue.js';

const gate = () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
};

describe('keyed queue', () => {
  it('runs tasks of one key one after another, in order', async () => {
    const queue = new KeyedQueue();
    const log: string[] = [];
    const first = gate();
    const runs = [
      queue.run('a', async () => {
        log.push('1 begins');
        await first.opened;
        log.push('1 ends');
      }),
      queue.run('a', () => Promise.resolve(void log.push('2'))),
      queue.run('a', () => Promise.resolve(void log.push('3'))),
    ];
    await queue.run('b', () => Promise.resolve(void log.push('b'))); // does not wait for a
    expect(log).toEqual(['1 begins', 'b']);
    first.open();
    await Promise.all(runs);
    expect(log).toEqual(['1 begins', 'b', '1 ends', '2', '3']);
  });

  it('is idle when all that was begun has ended, also what was begun meanwhile', async () => {
    const queue = new KeyedQueue();
    const first = gate();
    const log: string[] = [];
    void queue.run('a', async () => {
      await first.opened;
      void queue.run('b', () => Promise.resolve(void log.push('b')));
      log.push('a');
    });
    const idle = queue.idle().then(() => log.push('idle'));
    first.open();
    await idle;
    expect(log).toEqual(['a', 'b', 'idle']);
    await queue.idle();
  });
});
