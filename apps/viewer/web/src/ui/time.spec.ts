import { count, elapsed, formatAgo, formatDuration } from './time.js';

describe('times', () => {
  it.each([
    [0, '0.0 s'],
    [-5, '0.0 s'],
    [420, '0.4 s'],
    [9949, '9.9 s'],
    [9950, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [3_599_600, '1 h 00 min'],
    [7_620_000, '2 h 07 min'],
  ])('writes %d ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('counts up to now while the end has not come', () => {
    const from = '2026-01-01T00:00:00.000Z';
    expect(elapsed(from, null, Date.parse(from) + 5)).toBe(5);
    expect(elapsed(from, '2026-01-01T00:00:01.000Z', 0)).toBe(1000);
    expect(elapsed(null, null, 0)).toBeNull();
  });

  it.each([
    [-1000, 'just now'],
    [59_000, 'just now'],
    [60_000, '1 min ago'],
    [3 * 3_600_000, '3 h ago'],
    [2 * 86_400_000, '2 d ago'],
    [15 * 86_400_000, '2026-01-01'],
  ])('tells what was %d ms ago', (age, text) => {
    const at = '2026-01-01T00:00:00.000Z';
    expect(formatAgo(at, Date.parse(at) + age)).toBe(text);
  });

  it('counts things', () =>
    expect([count(1, 'line', 'lines'), count(12_345, 'line', 'lines')]).toEqual(['1 line', '12,345 lines']));
});
