import fc from 'fast-check';
import { SHOWN_CHARACTERS } from './log-search.js';
import { shownHit } from './shown-hit.js';

describe('shown hit', () => {
  it('leaves a short line as it is', () =>
    expect(shownHit('a find here', [[2, 6]])).toEqual({ text: 'a find here', spans: [[2, 6]] }));

  it('cuts a long one about its first find, and says so', () => {
    const line = `${'a'.repeat(5_000)} find ${'b'.repeat(5_000)}`;
    const { text, spans } = shownHit(line, [[5_001, 5_005]]);
    expect(spans.map(([from, to]) => text.slice(from, to))).toEqual(['find']);
    expect(text).toMatch(/^…a+ find b+…$/);
    expect(text.length).toBeLessThanOrEqual(SHOWN_CHARACTERS + 2);
  });

  it('marks the same text as before, and never cuts a character in two', () => {
    const line = fc
      .tuple(fc.string({ unit: 'grapheme', maxLength: 900 }), fc.constantFrom('🪨'.repeat(900), 'x'))
      .map(([one, other]) => one + other + one);
    fc.assert(
      fc.property(line, fc.nat(), fc.nat(50), (text, start, length) => {
        const from = start % Math.max(1, text.length);
        const to = Math.min(text.length, from + length);
        const shown = shownHit(text, [[from, to]]);
        expect(/\p{Cs}/u.test(shown.text)).toBe(false); // half a character
        for (const [a, b] of shown.spans) expect(text.slice(from, to)).toContain(shown.text.slice(a, b));
      }),
    );
  });
});
