/** A colour of the palette (0–255), or a true colour as `#rrggbb`. */
export type Colour = number | string;

type Flag = 'bold' | 'dim' | 'italic' | 'underline' | 'strike' | 'inverse';

/** How text looks, as "select graphic rendition" sequences set it. Only what is set is there. */
export type Style = Readonly<{ fg?: Colour; bg?: Colour } & Partial<Record<Flag, true>>>;

export const PLAIN: Style = Object.freeze({});

const byte = (value: number | undefined): value is number => value !== undefined && value >= 0 && value <= 255;
const hex = (...parts: number[]): string => `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;

/** `5;n` or `2;r;g;b` after 38, 48 or 58, and how many parameters that is; of another kind nothing after it is sure. */
const extended = ([kind, a, b, c]: readonly number[]): readonly [Colour | undefined, number] => {
  if (kind === 5) return [byte(a) ? a : undefined, 2];
  if (kind === 2) return [byte(a) && byte(b) && byte(c) ? hex(a, b, c) : undefined, 4];
  return [undefined, Number.POSITIVE_INFINITY];
};
const LONGEST_COLOUR = 4;

const ON = new Map<number, Flag>([
  [1, 'bold'],
  [2, 'dim'],
  [3, 'italic'],
  [4, 'underline'],
  [7, 'inverse'],
  [9, 'strike'],
  [21, 'underline'],
]);
const OFF = new Map<number, readonly (keyof Style)[]>([
  [22, ['bold', 'dim']],
  [23, ['italic']],
  [24, ['underline']],
  [27, ['inverse']],
  [29, ['strike']],
  [39, ['fg']],
  [49, ['bg']],
]);
/** Which colour a code is followed by; that of underlines (58) is read and not kept. */
const COLOURED = new Map<number, 'fg' | 'bg' | undefined>([
  [38, 'fg'],
  [48, 'bg'],
  [58, undefined],
]);

const without = (style: Style, keys: readonly (keyof Style)[]): Style => {
  if (!keys.some((key) => key in style)) return style;
  const rest: { -readonly [Key in keyof Style]: Style[Key] } = { ...style };
  for (const key of keys) delete rest[key];
  return rest;
};

const basic = (style: Style, code: number): Style => {
  if (code === 0) return PLAIN;
  if (code >= 30 && code <= 37) return { ...style, fg: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, fg: code - 82 };
  if (code >= 40 && code <= 47) return { ...style, bg: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, bg: code - 92 };
  const flag = ON.get(code);
  return flag ? { ...style, [flag]: true } : without(style, OFF.get(code) ?? []);
};

const coloured = (style: Style, key: 'fg' | 'bg' | undefined, colour: Colour | undefined): Style =>
  key === undefined || colour === undefined ? style : { ...style, [key]: colour };

/** One parameter with its sub-parameters: `4:3`, `38:2::255:0:0`. */
const compound = (style: Style, parts: readonly string[]): Style => {
  const [code = 0, ...rest] = parts.map(Number);
  if (code === 4) return rest[0] === 0 ? without(style, ['underline']) : { ...style, underline: true };
  if (!COLOURED.has(code)) return style;
  const [colour] = extended(rest[0] === 2 && rest.length > LONGEST_COLOUR ? [2, ...rest.slice(2)] : rest);
  return coloured(style, COLOURED.get(code), colour);
};

/** The style after `ESC [ parameters m`. What is not known changes nothing. */
export const applySgr = (before: Style, parameters: string): Style => {
  let style = before;
  const list = parameters.split(';');
  for (let at = 0; at < list.length; at += 1) {
    const parameter = list[at] ?? '';
    const code = Number(parameter);
    if (parameter.includes(':')) style = compound(style, parameter.split(':'));
    else if (COLOURED.has(code)) {
      const [colour, taken] = extended(list.slice(at + 1, at + 1 + LONGEST_COLOUR).map(Number));
      style = coloured(style, COLOURED.get(code), colour);
      at += taken;
    } else style = basic(style, code);
  }
  return style;
};

export const sameStyle = (one: Style, other: Style): boolean => {
  if (one === other) return true;
  const keys = Object.keys(one) as (keyof Style)[];
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
};
