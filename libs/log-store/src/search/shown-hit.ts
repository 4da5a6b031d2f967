import { SHOWN_CHARACTERS } from './log-search.js';

type Shown = Readonly<{ text: string; spans: readonly (readonly [number, number])[] }>;

/** How much of a long line stays before its first find. */
const LEAD = 200;

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** A long line cut about its first find, with what is left of the spans moved along. Cuts are marked with an ellipsis. */
export const shownHit = (line: string, spans: readonly (readonly [number, number])[]): Shown => {
  if (line.length <= SHOWN_CHARACTERS) return { text: line, spans };
  const first = spans[0]?.[0] ?? 0;
  let from = Math.max(0, Math.min(first - LEAD, line.length - SHOWN_CHARACTERS));
  let to = Math.min(line.length, from + SHOWN_CHARACTERS);
  if (isLowSurrogate(line.charCodeAt(from))) from += 1;
  if (isLowSurrogate(line.charCodeAt(to))) to -= 1;
  const [before, after] = [from > 0 ? '…' : '', to < line.length ? '…' : ''];
  const moved = ([a, b]: readonly [number, number]): readonly [number, number] => [
    Math.max(a, from) - from + before.length,
    Math.min(b, to) - from + before.length,
  ];
  return {
    text: before + line.slice(from, to) + after,
    spans: spans.filter(([a, b]) => b > from && a < to).map(moved),
  };
};
