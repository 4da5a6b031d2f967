import type { TestTotals } from '#events';

/** What a runner printed, in words that all of them have. `failed`: errors of the set-up counted. */
export type Counts = Readonly<{ passed: number; failed: number; skipped: number }>;

export const countsOfTotals = ({ passed, failed, errors, skipped }: TestTotals): Counts => ({
  ...{ passed, skipped },
  failed: failed + errors,
});

const sum = (found: ReadonlyMap<string, number>, ...words: readonly string[]): number =>
  words.reduce((total, word) => total + (found.get(word) ?? 0), 0);

/** From pytest's last line: `1 failed, 2561 passed, 98 skipped, 2 warnings in 21.54s`. */
export const countsOfPytest = (log: string): Counts => {
  const line = log.split('\n').findLast((text) => /^(?:=+ )?\d+ .*\bin \d+\.\d+s/.test(text));
  if (line === undefined) throw new Error(`pytest printed no totals:\n${log.slice(-2000)}`);
  const found = new Map([...line.matchAll(/(\d+) ([a-z]+)/g)].map(([, count, word = '']) => [word, Number(count)]));
  return {
    passed: sum(found, 'passed', 'xpassed'),
    failed: sum(found, 'failed', 'error', 'errors'),
    skipped: sum(found, 'skipped', 'xfailed'),
  };
};

/** From the last lines of Node's `spec` reporter: `ℹ pass 535`, `ℹ fail 1` and so on. */
export const countsOfNode = (log: string): Counts => {
  const lines = [...log.matchAll(/^ℹ (pass|fail|cancelled|skipped|todo) (\d+)$/gm)];
  if (lines.length !== 5) throw new Error(`node printed no totals:\n${log.slice(-2000)}`);
  const found = new Map(lines.map(([, word = '', count]) => [word, Number(count)]));
  return {
    passed: sum(found, 'pass'),
    failed: sum(found, 'fail', 'cancelled'),
    skipped: sum(found, 'skipped', 'todo'),
  };
};
