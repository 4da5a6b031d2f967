// One escape sequence, or one other control character but the tab. Each part stops at the next ESC: linear time.
// A string sequence (OSC, DCS…) without its end hides nothing: only its introducer is taken.
const CONTROL =
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  /\x1b\[([0-?]*)([ -/]*)([@-~])|\x1b\][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[PX^_][^\x1b\x9c]*(?:\x1b\\|\x9c)|\x1b[ -/]*[0-~]?|[\x00-\x08\x0a-\x1f\x7f-\x9f]/g;

/** What a line consists of for who draws it. `erase`: `0` from the column on, `1` up to it, `2` the line. */
export type Token = Readonly<
  | { kind: 'text'; text: string }
  | { kind: 'sgr'; parameters: string }
  | { kind: 'erase'; mode: number }
  | { kind: 'return' | 'back' }
>;

export function* tokensOf(text: string): Generator<Token> {
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

/** The text without its control sequences and characters, tabs excepted; nothing is moved or overwritten. */
export const withoutControls = (text: string): string => text.replace(CONTROL, '');
