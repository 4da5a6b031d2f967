import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks until the answer passes `check` (which may throw or return false), and returns it. Fails with the last answer.
 * `timeoutMs` bounds a test that hangs; it is no measure of speed.
 */
export const eventually = async <T>(
  ask: () => T | Promise<T>,
  check: (answer: T) => unknown,
  timeoutMs = 30_000,
): Promise<T> => {
  const end = Date.now() + timeoutMs;
  let last: unknown = 'nothing was seen';
  for (;;) {
    try {
      const answer = await ask();
      last = answer;
      if (check(answer) !== false) return answer;
    } catch (error) {
      last = error instanceof Error ? `${error.message}\nafter: ${show(last)}` : error;
    }
    if (Date.now() > end) throw new Error(`not so within ${timeoutMs} ms; last seen:\n${show(last)}`);
    await pause(20);
  }
};

const show = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? 'undefined');
