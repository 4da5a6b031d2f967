import { sharesOf } from './recent-images.js';

const DAY = 24 * 3_600_000;
const shares = (images: string, count: number, at = 0) =>
  Object.fromEntries(
    sharesOf(
      [...images].map((image) => ({ image, at })),
      count,
      1_000,
    ),
  );

describe('places that are started ahead', () => {
  it('are all for the only image', () => expect(shares('a', 3)).toEqual({ a: 3 }));
  it('are none when no image was used, or none is wanted', () =>
    expect([shares('', 3), shares('ab', 0)]).toEqual([{}, {}]));
  it('are for both images that take turns', () => expect(shares('ababab', 2)).toEqual({ a: 1, b: 1 }));
  it('are for the one that is used most', () => expect(shares('baaaaaaa', 2)).toEqual({ a: 2 }));
  it('are for the latest before the one that was used most long ago', () =>
    expect(shares(`${'b'.repeat(20)}${'a'.repeat(12)}`, 2)).toEqual({ b: 2 }));
  it('are not for an image that nobody has used for a day', () => expect(shares('aa', 2, -DAY)).toEqual({}));
  it('follow names that are words of the language', () =>
    expect(sharesOf([{ image: 'constructor', at: 0 }], 1, 0).get('constructor')).toBe(1));
});
