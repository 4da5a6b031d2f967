import { tokensOf, withoutControls } from './escapes.js';
import { replay } from './replay.js';
import { applySgr, sameStyle, type Style } from './style.js';

/** Text to show as it is, never markup: who draws it escapes it. It has no control characters but tabs. */
export type Span = Readonly<{ text: string; style: Style }>;

/** Whether a line may be anything but the text to show. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const SPECIAL = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/;
const MOVES = /[\r\b]/;

/** A line end of DOS moves nothing that is shown. */
const withoutReturns = (text: string): string => {
  let end = text.length;
  while (end > 0 && text[end - 1] === '\r') end -= 1;
  return end === text.length ? text : text.slice(0, end);
};

/** How text after this text looks. */
export const styleAfter = (text: string, before: Style): Style => {
  if (!text.includes('\x1b')) return before;
  let style = before;
  for (const token of tokensOf(text)) if (token.kind === 'sgr') style = applySgr(style, token.parameters);
  return style;
};

function* pieces(text: string, before: Style): Generator<Span> {
  let style = before;
  for (const token of tokensOf(text)) {
    if (token.kind === 'text') yield { text: token.text, style };
    else if (token.kind === 'sgr') style = applySgr(style, token.parameters);
  }
}

/**
 * The text of a line as a terminal shows it in the end: colours and emphasis kept, what was overwritten after `\r` gone,
 * all other control sequences dropped. `before`: how the line begins. Linear in the length of the line.
 */
export const spansOf = (line: string, before: Style): readonly Span[] => {
  const text = withoutReturns(line);
  const spans: { text: string; style: Style }[] = [];
  for (const piece of MOVES.test(text) ? replay(text, before) : pieces(text, before)) {
    const last = spans.at(-1);
    if (last && sameStyle(last.style, piece.style)) last.text += piece.text;
    else spans.push({ ...piece });
  }
  return spans;
};

/** The text of a line as a terminal shows it in the end, without its look. */
export const shownText = (line: string): string => {
  const text = withoutReturns(line);
  if (!SPECIAL.test(text)) return text;
  if (!MOVES.test(text)) return withoutControls(text);
  let shown = '';
  for (const cell of replay(text, {})) shown += cell.text;
  return shown;
};
