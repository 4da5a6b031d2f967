import { PLAIN, type Segment, segmentsOf, sgrAfter } from './ansi.js';

const ESC = '\x1b';
const shown = (text: string): string =>
  segmentsOf(text, PLAIN)
    .map((segment) => segment.text)
    .join('');
const only = (text: string): Segment['sgr'] | undefined => segmentsOf(text, PLAIN)[0]?.sgr;

describe('ansi', () => {
  it('splits text by its look', () =>
    expect(segmentsOf(`a${ESC}[1;31mb${ESC}[0mc`, PLAIN)).toEqual([
      { text: 'a', sgr: {} },
      { text: 'b', sgr: { bold: true, fg: 1 } },
      { text: 'c', sgr: {} },
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
  ])('understands ESC%s', (sequence, sgr) => expect(only(`${ESC}${sequence}x`)).toEqual(sgr));

  it.each([
    ['cursor and screen', `a${ESC}[2Jb${ESC}[10;20Hc${ESC}[?25ld${ESC}[1 qe`, 'abcde'],
    ['a title', `${ESC}]0;evil\x07ok`, 'ok'],
    ['a link, but not its text', `${ESC}]8;;javascript:alert(1)${ESC}\\text${ESC}]8;;${ESC}\\`, 'text'],
    ['a device string', `${ESC}Pq#0;2${ESC}\\ok`, 'ok'],
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
    expect(segmentsOf(`${ESC}[31mab\r${ESC}[32mc`, PLAIN)).toEqual([
      { text: 'c', sgr: { fg: 2 } },
      { text: 'b', sgr: { fg: 1 } },
    ]));

  it('carries the look over to the next line', () => {
    const after = sgrAfter(`${ESC}[1mone${ESC}[33m two`, PLAIN);
    expect(after).toEqual({ bold: true, fg: 3 });
    expect(segmentsOf('three', after)[0]?.sgr).toEqual(after);
    expect(sgrAfter('plain', after)).toBe(after);
    expect(sgrAfter(`${ESC}[m`, after)).toEqual({});
  });

  it('reads a megabyte of broken sequences without trouble', () => {
    for (const piece of [`${ESC}]`, `${ESC}[1`, `${ESC}[ `, `${ESC}P`, '\r'])
      expect(shown(piece.repeat(200_000)).length).toBeLessThanOrEqual(200_000);
  });
});
