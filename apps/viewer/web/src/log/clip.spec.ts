import { PLAIN } from '#log-lines';
import { clip } from './clip.js';

const text = (clipped: ReturnType<typeof clip>): string => clipped.spans.map((span) => span.text).join('');

describe('clipping', () => {
  it('leaves a short line alone', () =>
    expect(clip('abc', PLAIN, 3)).toEqual({ spans: [{ text: 'abc', style: {} }], more: 0 }));

  it('says how much more there is', () => {
    const clipped = clip('x'.repeat(1_000_000), PLAIN, 5000);
    expect([text(clipped).length, clipped.more]).toEqual([5000, 995_000]);
  });

  it('shows no half of an escape sequence', () =>
    expect(text(clip(`${'x'.repeat(4998)}\x1b[38;2;255;255;255mred${'y'.repeat(5000)}`, PLAIN, 5000))).toBe(
      `${'x'.repeat(4998)}re`,
    ));

  it('shows the final state of a long progress line', () =>
    expect(clip(`${Array.from({ length: 4000 }, (_, at) => `\r${at}`).join('')}\rdone`, PLAIN, 5000)).toEqual({
      spans: [{ text: 'done', style: {} }],
      more: 0,
    }));
});
