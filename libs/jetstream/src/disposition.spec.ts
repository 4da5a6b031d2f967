import { AppendConflict, AttemptSuperseded, CommandRefused, ForgeUnavailable, UndecodableEvent } from '#errors';
import { backoffMs, dispositionOf } from './disposition.js';

describe('disposition', () => {
  it('is what the error says, however often it came', () => {
    for (const deliveries of [1, 1_000]) {
      expect(dispositionOf(new AppendConflict('x', 1), deliveries)).toBe('retry');
      expect(dispositionOf(new CommandRefused('x'), deliveries)).toBe('drop');
      expect(dispositionOf(new AttemptSuperseded('x', 1), deliveries)).toBe('abandon');
      expect(dispositionOf(new UndecodableEvent('x', 1, 'x'), deliveries)).toBe('dead');
    }
  });
  it('of an error that is none of ours is to try again, until it looks like a fault of this program', () => {
    for (const error of [new TypeError('x'), 'text', undefined]) {
      expect(dispositionOf(error, 1)).toBe('retry');
      expect(dispositionOf(error, 9)).toBe('retry');
      expect(dispositionOf(error, 10)).toBe('dead');
    }
  });
});

describe('backoff', () => {
  it('doubles, up to half a minute', () => {
    expect([1, 2, 3, 4].map((deliveries) => backoffMs(undefined, deliveries))).toEqual([100, 200, 400, 800]);
    for (const deliveries of [10, 100, 1e9]) expect(backoffMs(undefined, deliveries)).toBe(30_000);
  });
  it('is never shorter than what the forge asks for', () => {
    expect(backoffMs(new ForgeUnavailable('x', 60_000), 1)).toBe(60_000);
    expect(backoffMs(new ForgeUnavailable('x', 5), 1)).toBe(100);
    expect(backoffMs(new ForgeUnavailable('x'), 2)).toBe(200);
  });
});
