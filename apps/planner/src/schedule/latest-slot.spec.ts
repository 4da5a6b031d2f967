import { latestSlot } from './latest-slot.js';

describe('the latest time of a schedule', () => {
  it.each([
    ['0 3 * * *', '2026-01-02T03:00:00.000Z', '2026-01-02T03:00:00.000Z'],
    ['0 3 * * *', '2026-01-02T03:00:59.999Z', '2026-01-02T03:00:00.000Z'],
    ['0 3 * * *', '2026-01-02T02:59:59.999Z', '2026-01-01T03:00:00.000Z'],
    ['*/15 * * * *', '2026-01-02T03:14:59.999Z', '2026-01-02T03:00:00.000Z'],
    ['30 4 * * MON-FRI', '2026-01-05T04:29:00.000Z', '2026-01-02T04:30:00.000Z'],
    ['0 0 29 2 *', '2026-01-02T00:00:00.000Z', '2024-02-29T00:00:00.000Z'],
    ['30 1 * * *', '2026-03-29T12:00:00.000Z', '2026-03-29T01:30:00.000Z'], // clocks are moved elsewhere that night
  ])('%s, at %s, was %s', (cron, now, slot) => expect(latestSlot(cron, now)).toBe(slot));

  it('was never, of a day that there is not', () =>
    expect(latestSlot('0 0 31 2 *', '2026-01-02T00:00:00.000Z')).toBeUndefined());
});
