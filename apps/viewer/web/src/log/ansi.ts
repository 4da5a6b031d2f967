/** A colour of the palette (0–255), or a true colour as `#rrggbb`. */
export type Colour = number | string;

/** How text looks, as "select graphic rendition" sequences set it. */
export type Sgr = Readonly<{
  fg?: Colour;
  bg?: Colour;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
  strike?: boolean;
  inverse?: boolean;
}>;
export type Segment = Readonly<{ text: string; sgr: Sgr }>;

export const PLAIN: Sgr = Object.freeze({});

// One escape sequence, or one other control character but the tab. Each part stops at the next ESC: linear time.
// A string sequence (OSC, DCS…) without its end hides nothing: only its introducer is taken.
const CONTROL =
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  /\x1b\[([0-?]*)([ -/]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]*\x1b\\|\x1b[ -/]*[0-~]?|[\x00-\x08\x0a-\x1f\x7f-\x9f]/g;

type Token = Readonly<
  | { kind: 'text'; text: string }
  | { kind: 'sgr'; parameters: string }
  | { kind: 'erase'; mode: number }
  | { kind: 'return' | 'back' }
>;

function* tokens(text: string): Generator<Token> {
  let from = 0;
  for (const match of text.matchAll(CONTROL)) {
    if (match.index > from) yield { kind: 'text', text: text.slice(from, match.index) };
    from = match.index + match[0].length;
    const [sequence, parameters = '', intermediate, final] = match;
    if (sequence === '\r') yield { kind: 'return' };
    else if (sequence === '\b') yield { kind: 'back' };
    else if (final === 'm' && !intermediate) yield { kind: 'sgr', parameters };
    else if (final === 'K' && !intermediate) yield { kind: 'erase', mode: Number(parameters) || 0 };
  }
  if (from < text.length) yield { kind: 'text', text: text.slice(from) };
}

const byte = (value: number | undefined): value is number => value !== undefined && value >= 0 && value <= 255;
const hex = (...parts: number[]): string => `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;

/** `5;n` or `2;r;g;b` after 38 or 48; how many parameters it took. */
const extended = (rest: readonly number[]): readonly [Colour | undefined, number] => {
  const [kind, a, b, c] = rest;
  if (kind === 5) return [byte(a) ? a : undefined, 2];
  if (kind === 2) return [byte(a) && byte(b) && byte(c) ? hex(a, b, c) : undefined, 4];
  return [undefined, rest.length];
};

const FLAGS = new Map<number, Partial<Sgr>>([
  [1, { bold: true }],
  [2, { dim: true }],
  [3, { italic: true }],
  [4, { underline: true }],
  [7, { inverse: true }],
  [9, { strike: true }],
  [21, { underline: true }],
  [22, { bold: false, dim: false }],
  [23, { italic: false }],
  [24, { underline: false }],
  [27, { inverse: false }],
  [29, { strike: false }],
]);

const basic = (code: number): Partial<Sgr> | undefined => {
  if (code >= 30 && code <= 37) return { fg: code - 30 };
  if (code >= 90 && code <= 97) return { fg: code - 82 };
  if (code >= 40 && code <= 47) return { bg: code - 40 };
  if (code >= 100 && code <= 107) return { bg: code - 92 };
  return FLAGS.get(code);
};

const without = (sgr: Sgr, key: 'fg' | 'bg'): Sgr => {
  const { [key]: _gone, ...rest } = sgr;
  return rest;
};

/** One parameter with its sub-parameters: `4:3`, `38:2::255:0:0`. */
const compound = (sgr: Sgr, parts: readonly string[]): Sgr => {
  const [code, ...rest] = parts.map(Number);
  if (code === 4) return { ...sgr, underline: rest[0] !== 0 };
  if (code !== 38 && code !== 48) return sgr;
  const [colour] = extended(rest[0] === 2 && rest.length > 4 ? [2, ...rest.slice(2)] : rest);
  return colour === undefined ? sgr : { ...sgr, [code === 38 ? 'fg' : 'bg']: colour };
};

const applySgr = (before: Sgr, parameters: string): Sgr => {
  let sgr = before;
  const list = parameters.split(';');
  for (let at = 0; at < list.length; at += 1) {
    const parameter = list[at] ?? '';
    const code = Number(parameter);
    if (parameter.includes(':')) sgr = compound(sgr, parameter.split(':'));
    else if (code === 0) sgr = PLAIN;
    else if (code === 39) sgr = without(sgr, 'fg');
    else if (code === 49) sgr = without(sgr, 'bg');
    else if (code === 38 || code === 48) {
      const [colour, taken] = extended(list.slice(at + 1).map(Number));
      if (colour !== undefined) sgr = { ...sgr, [code === 38 ? 'fg' : 'bg']: colour };
      at += taken;
    } else sgr = { ...sgr, ...basic(code) };
  }
  return sgr;
};

/** How text after this text looks. */
export const sgrAfter = (text: string, before: Sgr): Sgr => {
  if (!text.includes('\x1b')) return before;
  let sgr = before;
  for (const token of tokens(text)) if (token.kind === 'sgr') sgr = applySgr(sgr, token.parameters);
  return sgr;
};

type Cell = { text: string; sgr: Sgr };

/** Plays a line that moves backwards on a row of cells, as a terminal does. */
const replay = (text: string, before: Sgr): Cell[] => {
  const cells: Cell[] = [];
  let column = 0;
  let sgr = before;
  for (const token of tokens(text)) {
    if (token.kind === 'return') column = 0;
    else if (token.kind === 'back') column = Math.max(0, column - 1);
    else if (token.kind === 'sgr') sgr = applySgr(sgr, token.parameters);
    else if (token.kind === 'text') {
      for (const character of token.text) {
        while (cells.length < column) cells.push({ text: ' ', sgr: PLAIN });
        cells[column] = { text: character, sgr };
        column += 1;
      }
    } else if (token.kind === 'erase') {
      if (token.mode !== 1) cells.length = Math.min(cells.length, token.mode === 2 ? 0 : column);
      if (token.mode === 1)
        for (let at = 0; at <= column && at < cells.length; at += 1) cells[at] = { text: ' ', sgr: PLAIN };
    }
  }
  return cells;
};

const MOVES = /[\r\b]/;

/**
 * The text of a line as a terminal shows it in the end: colours and emphasis kept, what was overwritten after `\r` gone,
 * all other control sequences dropped. `before`: how the line begins.
 */
export const segmentsOf = (text: string, before: Sgr): readonly Segment[] => {
  const segments: Cell[] = [];
  const add = (part: string, sgr: Sgr): void => {
    const last = segments.at(-1);
    if (last?.sgr === sgr) last.text += part;
    else segments.push({ text: part, sgr });
  };
  if (MOVES.test(text)) {
    for (const cell of replay(text, before)) add(cell.text, cell.sgr);
    return segments;
  }
  let sgr = before;
  for (const token of tokens(text)) {
    if (token.kind === 'text') add(token.text, sgr);
    else if (token.kind === 'sgr') sgr = applySgr(sgr, token.parameters);
  }
  return segments;
};
