import fc from 'fast-check';
import { PLAIN, shownText, spansOf, type Style, styleAfter } from './index.js';

/** A second opinion: no regular expression, one character after another; only for lines that move nothing. */
const naiveStrip = (text: string): string => {
  let shown = '';
  for (let at = 0; at < text.length; at += 1) {
    const end = text[at] === '\x1b' ? sequenceEnd(text, at) : at + 1;
    const code = text.charCodeAt(at);
    if (code === 9 || (code >= 32 && code < 127) || code > 159) shown += text[at];
    at = end - 1;
  }
  return shown;
};
const between = (character: string | undefined, low: string, high: string): boolean =>
  character !== undefined && character >= low && character <= high;
const sequenceEnd = (text: string, start: number): number => {
  const kind = text[start + 1];
  let at = start + 2;
  if (kind === '[') {
    while (between(text[at], '0', '?')) at += 1;
    while (between(text[at], ' ', '/')) at += 1;
    if (between(text[at], '@', '~')) return at + 1;
  } else if (kind !== undefined && ']PX^_'.includes(kind)) {
    while (at < text.length && text[at] !== '\x1b' && text[at] !== '\x9c' && !(kind === ']' && text[at] === '\x07'))
      at += 1;
    if (text[at] === '\x9c' || text[at] === '\x07') return at + 1;
    if (text[at] === '\x1b' && text[at + 1] === '\\') return at + 2;
  }
  at = start + 1;
  while (between(text[at], ' ', '/')) at += 1;
  return between(text[at], '0', '~') ? at + 1 : at;
};

/** What logs and those who attack their readers consist of. */
const fragment = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme' }) },
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '<b>',
    '&lt;',
    '\t',
    '\x1b[0m',
    '\x1b[31m',
    '\x1b[1;38;5;9m',
    '\x1b[48;2;1;2;3m',
    '\x1b[K',
    '\x1b[1K',
  ),
  fc.constantFrom(
    '\x1b',
    '\x1b[',
    '\x1b]8;;https://a.b\x07',
    '\x1b]0;',
    '\x07',
    '\x1b\\',
    '\x1bP',
    '\x9b',
    '\x9c',
    '\x7f',
    '\x00',
  ),
  fc.array(fc.nat(300), { maxLength: 8 }).map((codes) => `\x1b[${codes.join(';')}m`),
  fc.array(fc.nat(300), { maxLength: 8 }).map((codes) => `\x1b[${codes.join(':')}m`),
);
const line = fc.array(fragment).map((parts) => parts.join('').replaceAll('\n', ''));
const still = line.map((text) => text.replace(/[\r\b]/g, ''));
const moving = fc.array(fc.oneof(line, fc.constantFrom('\r', '\b', '\x1b[2K'))).map((parts) => parts.join(''));
const joined = (text: string): string =>
  spansOf(text, PLAIN)
    .map((span) => span.text)
    .join('');

describe('spans of any line', () => {
  it('have the text of a naive strip', () =>
    fc.assert(
      fc.property(still, (text) => expect(joined(text)).toBe(naiveStrip(text))),
      { numRuns: 1000 },
    ));

  it('have no control character but the tab', () =>
    // eslint-disable-next-line no-control-regex -- control characters are what must not be there
    fc.assert(fc.property(moving, (text) => expect(joined(text)).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/))));

  it('have the text that is searched', () =>
    fc.assert(fc.property(moving, (text) => expect(shownText(text)).toBe(joined(text)))));

  it('have no empty text, and no neighbours of one look', () =>
    fc.assert(
      fc.property(moving, (text) => {
        const spans = spansOf(text, PLAIN);
        expect(spans.every((span) => span.text !== '')).toBe(true);
        spans.slice(1).forEach((span, at) => expect(span.style).not.toEqual(spans[at]?.style));
      }),
    ));

  it('have looks of a few known keys only', () =>
    fc.assert(
      fc.property(moving, (text) => {
        for (const { fg, bg, ...flags } of [
          ...spansOf(text, PLAIN).map((span) => span.style),
          styleAfter(text, PLAIN),
        ]) {
          for (const colour of [fg, bg])
            if (typeof colour === 'number') expect(colour >= 0 && colour <= 255).toBe(true);
            else if (colour !== undefined) expect(colour).toMatch(/^#[0-9a-f]{6}$/);
          for (const [flag, on] of Object.entries(flags))
            expect([['bold', 'dim', 'italic', 'underline', 'strike', 'inverse'].includes(flag), on]).toEqual([
              true,
              true,
            ]);
        }
      }),
    ));

  it('are the same when the look is carried over a cut between sequences', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.constantFrom('\x1b[31m', '\x1b[0m', '\x1b[1;4m'))), (parts) => {
        const texts = parts.map(([text, sgr]) => sgr + text.replace(/[\r\b]/g, ''));
        let style: Style = PLAIN;
        const carried = texts.flatMap((text) => {
          const spans = spansOf(text, style);
          style = styleAfter(text, style);
          return spans.flatMap((span) => [...span.text].map((character) => [character, span.style]));
        });
        const whole = spansOf(texts.join(''), PLAIN);
        expect(carried).toEqual(whole.flatMap((span) => [...span.text].map((character) => [character, span.style])));
      }),
    ));
});
