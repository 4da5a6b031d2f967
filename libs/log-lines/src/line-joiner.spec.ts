import fc from 'fast-check';
import { ErrorFinder, type JoinedLine, LineJoiner, type LinePiece, LONGEST_JOINED } from './index.js';

/** The bytes of a step cut at any places, decoded as the path decodes them, as pieces of lines. */
const piecesOf = (bytes: Uint8Array, cuts: readonly number[]): LinePiece[] => {
  const pieces: LinePiece[] = [];
  const decoder = new TextDecoder();
  let n = 1;
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const to of places) {
    const lines = decoder.decode(bytes.subarray(from, to), { stream: to < bytes.length }).split('\n');
    from = to;
    lines.forEach((x, at) => {
      const last = at === lines.length - 1;
      if (!last) pieces.push({ n, t: n, x });
      else if (x !== '') pieces.push({ n, t: n, x, c: 1 });
      if (!last) n += 1;
    });
  }
  return pieces;
};
const linesOf = (pieces: readonly LinePiece[]): JoinedLine[] => {
  const joiner = new LineJoiner();
  const lines = pieces.map((piece) => joiner.add(piece)).filter((line) => line !== undefined);
  const last = joiner.end();
  return last ? [...lines, last] : lines;
};
const errorsOf = (lines: readonly JoinedLine[]) => {
  const finder = new ErrorFinder();
  for (const { n, text } of lines) finder.add(n, text);
  finder.end();
  return finder.found();
};

const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc
        .constantFrom('error: a\n', '\n', 'a.c:1:2: error: b\n  code\n', '\x1b[31m', '\r', 'é😀', '\r\n')
        .map((text) => Buffer.from(text)),
    ),
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)));

describe('lines', () => {
  it('are the same, and so is what is found in them, at whatever places the bytes are cut', () =>
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(1000)), (all, cuts) => {
        const [whole, cut] = [linesOf(piecesOf(all, [])), linesOf(piecesOf(all, cuts))];
        expect(cut).toEqual(whole);
        expect(errorsOf(cut)).toEqual(errorsOf(whole));
      }),
      { numRuns: 500 },
    ));

  it('are the beginnings of long ones, however they are cut', () => {
    const long = 'x'.repeat(LONGEST_JOINED + 5000);
    const pieces = [...long].map((x): LinePiece => ({ n: 1, t: 1, x, c: 1 }));
    expect(linesOf(pieces)).toEqual([{ n: 1, t: 1, text: long.slice(0, LONGEST_JOINED) }]);
    expect(linesOf([{ n: 1, t: 1, x: long }])).toEqual([{ n: 1, t: 1, text: long.slice(0, LONGEST_JOINED) }]);
  });
});
