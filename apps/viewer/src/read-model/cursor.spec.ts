import { BadRequestException } from '@nestjs/common';
import { decodeCursor, encodeCursor } from './cursor.js';

describe('cursor', () => {
  it('comes back as it was', () => {
    expect(decodeCursor(encodeCursor([42]), ['number'])).toEqual([42]);
    expect(decodeCursor(encodeCursor(['ann/ü', 'gh-1']), ['string', 'string'])).toEqual(['ann/ü', 'gh-1']);
  });

  it.each(['', 'x', '====', encodeCursor(['42']), encodeCursor([]), encodeCursor([1, 2]), 'e30', 'bnVsbA'])(
    'refuses %j',
    (cursor) => expect(() => decodeCursor(cursor, ['number'])).toThrow(BadRequestException),
  );
});
