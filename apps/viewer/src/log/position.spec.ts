import fc from 'fast-check';
import { bytesOfPiece, type LogPiece } from '#events';
import { findLine, LOG_START, numbered, place } from './position.js';

const piece = fc.oneof(
  fc.record({
    t: fc.constant(1),
    x: fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => text.replaceAll('\n', '')),
  }),
  fc.record({
    t: fc.constant(1),
    x: fc.string({ minLength: 1, maxLength: 8 }).map((text) => text.replaceAll('\n', ' ')),
    c: fc.constant(1 as const),
  }),
  fc.record({ t: fc.constant(1), b: fc.constant(Buffer.from([0xff, 0xfe]).toString('base64')) }),
);

async function* inParts(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('a position in a log', () => {
  it('takes every piece once, however what comes overlaps what was read', () =>
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(30), fc.nat(30), (pieces, first, again) => {
        const all = numbered(1, pieces as LogPiece[]);
        const end = Math.min(first, all.length);
        const begin = Math.min(again, end);
        const one = place(LOG_START, 0, all.slice(0, end));
        const before = all.slice(0, begin).reduce((sum, { piece: p }) => sum + bytesOfPiece(p).length, 0);
        const two = place(one.at, before, all.slice(begin));
        const seen = [...one.fresh, ...two.fresh].map(({ n, piece: p }) => ({ n, piece: p }));
        expect(seen).toEqual(all);
        expect(two.end).toBe(Buffer.concat(all.map(({ piece: p }) => bytesOfPiece(p))).length);
      }),
    ));

  it('finds the line of a byte and the beginning of a line', async () => {
    const bytes = Buffer.from('one\n\nthree\nfour');
    for (const size of [1, 2, 3, 100]) {
      const find = (target: object) => findLine(inParts(bytes, size), target);
      expect(await find({ offset: 0 })).toEqual({ offset: 0, line: 1, lineStart: 0 });
      expect(await find({ offset: 3 })).toEqual({ offset: 0, line: 1, lineStart: 0 });
      expect(await find({ offset: 4 })).toEqual({ offset: 4, line: 2, lineStart: 4 });
      expect(await find({ offset: 7 })).toEqual({ offset: 5, line: 3, lineStart: 5 });
      expect(await find({ line: 3 })).toEqual({ offset: 5, line: 3, lineStart: 5 });
      expect(await find({ line: 99 })).toEqual({ offset: 11, line: 4, lineStart: 11 });
      expect(await find({ offset: 99 })).toEqual({ offset: 11, line: 4, lineStart: 11 });
    }
  });
});
