import { FLUSH_MS, msToFlush } from './flush-policy.js';

const waiting = { lines: true, chunk: false, since: 1000, lastPublishedAt: -Infinity, ended: false };

describe('when waiting output is published', () => {
  it('is at once for a line after a pause', () => {
    expect(msToFlush(waiting, 1000)).toBe(0);
    expect(msToFlush({ ...waiting, lastPublishedAt: 1000 - FLUSH_MS }, 1000)).toBe(0);
  });
  it('is 50 ms after the chunk before, and no later than 50 ms after it was read', () => {
    expect(msToFlush({ ...waiting, lastPublishedAt: 990 }, 1000)).toBe(40);
    expect(msToFlush({ ...waiting, lastPublishedAt: 1020 }, 1030)).toBe(20);
  });
  it('is 50 ms later for a line without an end', () => {
    expect(msToFlush({ ...waiting, lines: false }, 1000)).toBe(50);
    expect(msToFlush({ ...waiting, lines: false }, 1050)).toBe(0);
  });
  it('is at once for a full chunk, and at the end', () => {
    expect(msToFlush({ ...waiting, lastPublishedAt: 1000, chunk: true }, 1000)).toBe(0);
    expect(msToFlush({ ...waiting, lines: false, ended: true }, 1000)).toBe(0);
  });
  it('is at once when the clock was set back', () => {
    expect(msToFlush({ ...waiting, lines: false }, 10)).toBe(0);
  });
});
