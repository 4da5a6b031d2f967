import fc from 'fast-check';
import { CHAIN_START, bytesOfChunk, bytesOfPiece, chainOf, newlinesOf, type LogPiece } from './log-chunk.js';

const piece = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((x): LogPiece => ({ t: 0, x: x.replaceAll('\n', '') })),
  fc
    .uint8Array()
    .map((bytes): LogPiece => ({ t: 0, b: Buffer.from(bytes.filter((byte) => byte !== 10)).toString('base64') })),
);
const pieces = fc
  .tuple(fc.array(piece), fc.array(fc.boolean()))
  .map(([all, open]) => all.map((one, index): LogPiece => (open[index] ? { ...one, c: 1 } : one)));

describe('log chunks', () => {
  it('are the bytes that were written', () => {
    expect(bytesOfPiece({ t: 0, x: 'héllo' })).toEqual(Buffer.from('héllo\n'));
    expect(bytesOfPiece({ t: 0, x: 'half', c: 1 })).toEqual(Buffer.from('half'));
    expect(bytesOfPiece({ t: 0, b: Buffer.from([0xff, 0]).toString('base64') })).toEqual(Buffer.from([0xff, 0, 10]));
    const lines: LogPiece[] = [
      { t: 0, x: 'a' },
      { t: 0, x: 'b', c: 1 },
      { t: 0, x: 'c' },
    ];
    expect(bytesOfChunk({ from: 1, offset: 0, bytes: 5, chain: '', lines }).toString()).toBe('a\nbc\n');
  });

  it('have as many lines as newlines', () => {
    fc.assert(
      fc.property(pieces, (lines) => {
        const bytes = bytesOfChunk({ from: 1, offset: 0, bytes: 0, chain: '', lines });
        expect(newlinesOf(lines)).toBe(bytes.filter((byte) => byte === 10).length);
      }),
    );
  });

  it('are chained: a gap, a double and another order are seen', () => {
    const chain = (...chunks: string[]) =>
      chunks.reduce((before, text) => chainOf(before, Buffer.from(text)), CHAIN_START);
    const right = chain('a', 'b', 'c');
    for (const wrong of [
      chain('a', 'c'),
      chain('a', 'b', 'b', 'c'),
      chain('b', 'a', 'c'),
      chain('ab', 'c'),
      chain('a', 'b'),
    ])
      expect(wrong).not.toBe(right);
    expect(chain('a', 'b', 'c')).toBe(right);
    expect(right).toMatch(/^[0-9a-f]{64}$/);
  });
});
