import { readFileSync } from 'node:fs';
import { contrast, paintOf, paletteHex } from './paint.js';

describe('paint', () => {
  it.each([
    [16, '#000000'],
    [21, '#0000ff'],
    [196, '#ff0000'],
    [208, '#ff8700'],
    [231, '#ffffff'],
    [232, '#080808'],
    [255, '#eeeeee'],
  ])('knows palette entry %d', (index, hex) => expect(paletteHex(index)).toBe(hex));

  it('takes the theme for the first sixteen colours', () => {
    expect(paintOf({ fg: 1, bold: true })).toEqual({ classes: 'bold f1' });
    expect(paintOf({ fg: 7, bg: 1 })).toEqual({ classes: 'b1' });
    expect(paintOf({ fg: 1, inverse: true })).toEqual({ classes: 'b1' });
    expect(paintOf({ inverse: true })).toEqual({ classes: 'inverse' });
    expect(paintOf({ fg: 208 })).toEqual({ classes: 'tint', colour: '#ff8700' });
  });

  it('keeps text on any background readable', () => {
    for (let bg = 16; bg < 256; bg += 1)
      for (const fg of [undefined, 0, 15, bg, 16, 231, '#808080']) {
        const { colour, background } = paintOf({ bg, ...(fg !== undefined && { fg }) });
        expect(contrast(colour ?? '', background ?? '')).toBeGreaterThanOrEqual(4.5);
      }
  });
});

describe('style sheet', () => {
  const css = readFileSync(new URL('../app.css', import.meta.url), 'utf8');
  const colours = new Map(
    [...css.matchAll(/--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
      ([, name = '', light = '', dark = '']) => [name, { light, dark }] as const,
    ),
  );
  const ratio = (one: string, other: string, theme: 'light' | 'dark'): number =>
    contrast(colours.get(one)?.[theme] ?? '', colours.get(other)?.[theme] ?? '');
  const inks = ['text', 'muted', 'accent', 'idle', 'running', 'passed', 'failed', 'attention'];
  const palette = Array.from({ length: 16 }, (_, index) => `ansi-${index}`);

  describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
    it.each([...inks, ...palette])('has enough contrast for %s', (name) => {
      expect(ratio(name, 'surface', theme)).toBeGreaterThanOrEqual(4.5);
    });
    it.each(inks)('has enough contrast for %s on raised and marked rows', (name) => {
      expect(ratio(name, 'raised', theme)).toBeGreaterThanOrEqual(4.5);
    });
    it('has enough contrast on the accent', () =>
      expect(ratio('on-accent', 'accent', theme)).toBeGreaterThanOrEqual(4.5));
    it.each([...palette, 'text', 'muted'])('has enough contrast for %s on the marked line', (name) =>
      expect(ratio(name, 'marked', theme)).toBeGreaterThanOrEqual(4.5),
    );
  });
});
