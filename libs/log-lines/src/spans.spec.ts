import { PLAIN, type Span, spansOf, styleAfter } from './index.js';

const ESC = '\x1b';
const shown = (text: string): string =>
  spansOf(text, PLAIN)
    .map((span) => span.text)
    .join('');
const only = (text: string): Span['style'] | undefined => spansOf(text, PLAIN)[0]?.style;

describe('spans', () => {
  it('splits text by its look', () =>
    expect(spansOf(`a${ESC}[1;31mb${ESC}[0mc`, PLAIN)).toEqual([
      { text: 'a', style: {} },
      { text: 'b', style: { bold: true, fg: 1 } },
      { text: 'c', style: {} },
    ]));

  it.each([
    ['[32m', { fg: 2 }],
    ['[97;104m', { fg: 15, bg: 12 }],
    ['[38;5;208m', { fg: 208 }],
    ['[48;2;255;0;16m', { bg: '#ff0010' }],
    ['[38:2::1:2:3m', { fg: '#010203' }],
    ['[38:2:1:2:3m', { fg: '#010203' }],
    ['[38:5:9m', { fg: 9 }],
    ['[4:3m', { underline: true }],
    ['[2;3;4;7;9m', { dim: true, italic: true, underline: true, inverse: true, strike: true }],
    ['[38;5;31;1m', { fg: 31, bold: true }],
    ['[38;5;999m', {}],
    ['[38;2;1m', {}],
    ['[31;39m', {}],
    ['[31;m', {}],
    ['[31;999m', { fg: 1 }],
    ['[58;5;1;31m', { fg: 1 }],
    ['[58;2;1;4;7m', {}],
    ['[1;2;3;4;7;9;22;23;24;27;29m', {}],
    ['[4;4:0m', {}],
  ])('understands ESC%s', (sequence, style) => expect(only(`${ESC}${sequence}x`)).toEqual(style));

  it.each([
    ['cursor and screen', `a${ESC}[2Jb${ESC}[10;20Hc${ESC}[?25ld${ESC}[1 qe`, 'abcde'],
    ['a title', `${ESC}]0;evil\x07ok`, 'ok'],
    ['a link, but not its text', `${ESC}]8;;javascript:alert(1)${ESC}\\text${ESC}]8;;${ESC}\\`, 'text'],
    ['a device string', `${ESC}Pq#0;2${ESC}\\ok`, 'ok'],
    ['strings with an end of eight bits', `a${ESC}]0;title\x9cb${ESC}Pq1\x9cc`, 'abc'],
    ['a character set', `${ESC}(Bok${ESC}=`, 'ok'],
    ['a bell and other controls, not the tab', 'a\x07\x00\x9b\x7f\tb', 'a\tb'],
    ['an ESC at the end', `ok${ESC}`, 'ok'],
    ['the beginning of a sequence', `ok${ESC}[`, 'ok'],
  ])('drops %s', (_what, text, expected) => expect(shown(text)).toBe(expected));

  it('hides no text behind a sequence that never ends', () =>
    expect(shown(`${ESC}]0;rm -rf / ${ESC}Pmore`)).toBe('0;rm -rf / more'));

  it.each([
    ['a progress bar', '10%\r50%\r100%', '100%'],
    ['a shorter text over a longer', 'abcdef\rXY', 'XYcdef'],
    ['a shorter text that erases the rest', `abcdef\r${ESC}[KXY`, 'XY'],
    ['erasing after', `abcdef\rXY${ESC}[K`, 'XY'],
    ['erasing before', `abc${ESC}[1K\rZ`, 'Z  '],
    ['erasing the line', `abc${ESC}[2K\rdone`, 'done'],
    ['a DOS line end', 'abc\r', 'abc'],
    ['a spinner', 'x |\b/\b-', 'x -'],
    ['characters of two code units', '😀😀\ré', 'é😀'],
  ])('collapses %s', (_what, text, expected) => expect(shown(text)).toBe(expected));

  it('keeps the colours of what was overwritten and what not', () =>
    expect(spansOf(`${ESC}[31mab\r${ESC}[32mc`, PLAIN)).toEqual([
      { text: 'c', style: { fg: 2 } },
      { text: 'b', style: { fg: 1 } },
    ]));

  it('carries the look over to the next line', () => {
    const after = styleAfter(`${ESC}[1mone${ESC}[33m two`, PLAIN);
    expect(after).toEqual({ bold: true, fg: 3 });
    expect(spansOf('three', after)[0]?.style).toEqual(after);
    expect(styleAfter('plain', after)).toBe(after);
    expect(styleAfter(`${ESC}[m`, after)).toEqual({});
  });

  // Each of these takes minutes where the work for a piece grows with what came before it.
  it.each([
    ['broken sequences', `${ESC}]`],
    ['parameters without an end', `${ESC}[1`],
    ['spaces without an end', `${ESC}[ `],
    ['strings without an end', `${ESC}P`],
    ['returns', '\r'],
    ['erasing up to the end', `a${ESC}[1K`],
    ['erasing the line far from its beginning', `ab${ESC}[2K`],
    ['backspaces', `ab\b${ESC}[1K`],
  ])('reads a megabyte of %s', (_what, piece) =>
    expect(shown('x'.repeat(200_000) + piece.repeat(200_000)).length).toBeLessThanOrEqual(800_000),
  );

  it('reads a megabyte of colours in one sequence', () =>
    expect(spansOf(`${ESC}[${'38;5;1;'.repeat(150_000)}1mx`, PLAIN)).toEqual([
      { text: 'x', style: { fg: 1, bold: true } },
    ]));
});
