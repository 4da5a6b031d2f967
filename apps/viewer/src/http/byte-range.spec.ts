import { byteRange } from './byte-range.js';

const ETAG = '"abc"';
const of = (range: string | undefined, more = {}, size = 100) => byteRange({ range, ...more }, size, ETAG);

describe('the range of a request', () => {
  it.each([
    ['bytes=0-0', { from: 0, to: 0 }],
    ['bytes=10-', { from: 10, to: 99 }],
    ['bytes=10-1000', { from: 10, to: 99 }],
    ['bytes=-5', { from: 95, to: 99 }],
    ['bytes=-500', { from: 0, to: 99 }],
    ['Bytes=99-99', { from: 99, to: 99 }],
  ])('%s is a part', (range, expected) => expect(of(range)).toEqual(expected));

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0'])('%s is no part that there is', (range) =>
    expect(of(range)).toBe('none'),
  );

  it.each([undefined, '', 'bytes', 'bytes=-', 'lines=1-2', 'lines=200-', 'bytes=1-2,5-6', 'bytes=abc', 'bytes=5-2'])(
    '%s is all of it',
    (range) => expect(of(range)).toBeUndefined(),
  );

  it('counts only for who has a part of the same', () => {
    expect(of('bytes=1-2', { 'if-range': ETAG })).toEqual({ from: 1, to: 2 });
    for (const other of ['"other"', 'W/"abc"', 'Wed, 21 Oct 2026 07:28:00 GMT'])
      expect(of('bytes=1-2', { 'if-range': other })).toBeUndefined();
  });

  it('is never a part of nothing', () => {
    for (const range of ['bytes=0-0', 'bytes=0-', 'bytes=-1']) expect(of(range, {}, 0)).toBe('none');
  });
});
