import type { Colour, Style } from '#log-lines';

/** How a piece of text is drawn: classes of the style sheet, and colours that no class has. */
export type Paint = Readonly<{ classes: string; colour?: string; background?: string }>;

const LEVELS = [0, 95, 135, 175, 215, 255] as const;
const pair = (value: number): string => value.toString(16).padStart(2, '0');

/** Palette entries from 16 on: a cube of 6 × 6 × 6, then 24 greys. The first sixteen are the theme's. */
export const paletteHex = (index: number): string => {
  if (index >= 232) return `#${pair(8 + (index - 232) * 10).repeat(3)}`;
  const at = index - 16;
  const level = (place: number): string => pair(LEVELS[Math.floor(at / place) % 6] ?? 0);
  return `#${level(36)}${level(6)}${level(1)}`;
};

const channel = (hex: string, at: number): number => {
  const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};

/** Relative luminance as WCAG defines it, 0 to 1. */
export const luminance = (hex: string): number =>
  0.2126 * channel(hex, 1) + 0.7152 * channel(hex, 3) + 0.0722 * channel(hex, 5);

export const contrast = (one: string, other: string): number => {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};

const READABLE = 4.5;
/** Black or white, whichever reads better: one of them always reaches 4.5. */
const inkOn = (background: string): string => (luminance(background) > 0.179 ? '#000000' : '#ffffff');
const exact = (colour: Colour): string | undefined => {
  if (typeof colour === 'string') return colour;
  return colour >= 16 ? paletteHex(colour) : undefined;
};

const emphasis = ({ bold, dim, italic, underline, strike }: Style): string[] => [
  ...(bold ? ['bold'] : []),
  ...(dim ? ['dim'] : []),
  ...(italic ? ['italic'] : []),
  ...(underline ? ['underline'] : []),
  ...(strike ? ['strike'] : []),
];

/**
 * Whatever a log asks for stays readable in both themes. On a background of the palette the text takes the page's colour,
 * on any other it takes black or white unless its own colour has enough contrast; without a background the style
 * sheet bounds the lightness of a true colour (class `tint`).
 */
export const paintOf = (style: Style): Paint => {
  const fg = style.inverse ? style.bg : style.fg;
  const bg = style.inverse ? style.fg : style.bg;
  const classes = emphasis(style);
  const ink = fg === undefined ? undefined : exact(fg);
  if (bg !== undefined) {
    const background = exact(bg);
    if (background === undefined) return { classes: [...classes, `b${bg}`].join(' ') };
    const colour = ink && contrast(ink, background) >= READABLE ? ink : inkOn(background);
    return { classes: classes.join(' '), colour, background };
  }
  if (style.inverse) classes.push('inverse');
  else if (ink !== undefined) return { classes: [...classes, 'tint'].join(' '), colour: ink };
  else if (fg !== undefined) classes.push(`f${fg}`);
  return { classes: classes.join(' ') };
};
