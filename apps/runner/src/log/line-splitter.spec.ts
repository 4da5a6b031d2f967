import fc from 'fast-check';
import { bytesOfPiece, type LogPiece } from '#events';
import { LineSplitter, MAX_PIECE } from './line-splitter.js';

const bytesOf = (pieces: readonly LogPiece[]): Buffer => Buffer.concat(pieces.map(bytesOfPiece));
const reads = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
};
const split = (parts: readonly (Buffer | 'flush')[]): LogPiece[] => {
  const splitter = new LineSplitter();
  const pieces = parts.flatMap((part) => (part === 'flush' ? splitter.flush() : splitter.push(part, 7)));
  return [...pieces, ...splitter.end()];
};
const splitText = (text: string): LogPiece[] => split([Buffer.from(text)]);

/** Mostly what is hard: newlines, parts of characters, control characters. */
const nastyBytes = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('\n', '\r\n', '\n\n', 'é', '€', '😀', '\uFEFF', '\0', '\u001b[0m') },
      { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
      fc.uint8Array({ maxLength: 6 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part as string))));
const longBytes = fc
  .tuple(
    fc.constantFrom('a', 'é', '€', '😀', '\xff', '\0'),
    fc.integer({ min: MAX_PIECE - 8, max: 3 * MAX_PIECE }),
    nastyBytes,
  )
  .map(([unit, length, rest]) => {
    const bytes = Buffer.from(unit, unit === '\xff' ? 'latin1' : 'utf8');
    return Buffer.concat([rest, Buffer.alloc(length, bytes), rest]);
  });
const cuts = fc.array(fc.nat());

describe('line splitter', () => {
  it('loses, adds and moves no byte, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.oneof(nastyBytes, longBytes), cuts, fc.boolean(), (bytes, places, flushes) => {
        const parts = reads(bytes, places).flatMap((part) => (flushes ? [part, 'flush' as const] : [part]));
        expect(bytesOf(split(parts)).equals(bytes)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('makes the same pieces however the stream is cut', () => {
    fc.assert(
      fc.property(fc.oneof(nastyBytes, longBytes), cuts, (bytes, places) => {
        expect(split(reads(bytes, places))).toEqual(split([bytes]));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps text as text wherever it is cut and flushed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), cuts, (text, places) => {
        const parts = reads(Buffer.from(text), places).flatMap((part) => [part, 'flush' as const]);
        const pieces = split(parts);
        expect(pieces.every((piece) => 'x' in piece)).toBe(true);
        expect(pieces.map((piece) => ('x' in piece ? piece.x : '') + (piece.c ? '' : '\n')).join('')).toBe(text);
      }),
    );
  });

  it('keeps every piece within 64 KiB, cut between characters', () => {
    fc.assert(
      fc.property(longBytes, (bytes) => {
        for (const piece of split([bytes])) expect(bytesOfPiece(piece).length).toBeLessThanOrEqual(MAX_PIECE + 1);
      }),
      { numRuns: 50 },
    );
    const euros = '€'.repeat(MAX_PIECE);
    const pieces = splitText(`${euros}\n`);
    expect(pieces.map((piece) => ('x' in piece ? piece.x : undefined)).join('')).toBe(euros);
    expect(pieces.map((piece) => piece.c)).toEqual([1, 1, 1, undefined]);
  });

  it('ends lines at newlines only', () => {
    expect(splitText('a\r\nb\rc\u2028d\n\n\0\n')).toEqual([
      { t: 7, x: 'a\r' },
      { t: 7, x: 'b\rc\u2028d' },
      { t: 7, x: '' },
      { t: 7, x: '\0' },
    ]);
  });

  it('says that the last line has no end', () => {
    expect(splitText('a\nb')).toEqual([
      { t: 7, x: 'a' },
      { t: 7, x: 'b', c: 1 },
    ]);
    expect(splitText('')).toEqual([]);
  });

  it('makes no second piece of a line of exactly 64 KiB', () => {
    const line = 'x'.repeat(MAX_PIECE);
    expect(splitText(`${line}\n`)).toEqual([{ t: 7, x: line }]);
    expect(splitText(`${line}y\n`)).toEqual([
      { t: 7, x: line, c: 1 },
      { t: 7, x: 'y' },
    ]);
  });

  it('gives lines that are not UTF-8 in base64, and only those', () => {
    const bytes = Buffer.concat([
      Buffer.from('é\n'),
      Buffer.from([0xc3, 0x0a]),
      Buffer.from('ok\n'),
      Buffer.from([0xff]),
    ]);
    expect(split([bytes])).toEqual([
      { t: 7, x: 'é' },
      { t: 7, b: 'ww==' },
      { t: 7, x: 'ok' },
      { t: 7, b: '/w==', c: 1 },
    ]);
  });

  it('gives large pieces full of control characters in base64, which is smaller', () => {
    const [zeros] = splitText(`${'\0'.repeat(10_000)}\n`);
    expect(zeros).toEqual({ t: 7, b: Buffer.alloc(10_000).toString('base64') });
    expect(splitText(`${'"a'.repeat(1000)}\n`)).toEqual([{ t: 7, x: '"a'.repeat(1000) }]);
  });

  it('keeps back an unfinished character when flushed, and stamps with the time of reading', () => {
    const splitter = new LineSplitter();
    expect(splitter.push(Buffer.from('> '), 1)).toEqual([]);
    expect(splitter.since).toBe(1);
    expect(splitter.push(Buffer.from([0xe2, 0x82]), 2)).toEqual([]);
    expect(splitter.flush()).toEqual([{ t: 2, x: '> ', c: 1 }]);
    expect(splitter.flush()).toEqual([]);
    expect(splitter.push(Buffer.from([0xac, 0x0a]), 3)).toEqual([{ t: 3, x: '€' }]);
    expect(splitter.since).toBeUndefined();
  });
});
