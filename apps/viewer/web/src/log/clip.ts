import { type Span, spansOf, type Style } from '#log-lines';

export type Clipped = Readonly<{ spans: readonly Span[]; more: number }>;

/** An escape sequence is hardly longer: with so much beyond the limit, none is cut in two within it. */
const SPARE = 64;

/** What a line shows in at most `max` characters, and how many more it has. A line of megabytes costs no more than that. */
export const clip = (text: string, before: Style, max: number): Clipped => {
  // A rewritten line shows its end, so it is played to the end; step-log.ts bounds it.
  const source = text.length <= max || text.includes('\r') ? text : text.slice(0, max + SPARE);
  const spans: Span[] = [];
  let left = max;
  let more = text.length - source.length;
  for (const span of spansOf(source, before)) {
    const shown = span.text.slice(0, left);
    left -= shown.length;
    more += span.text.length - shown.length;
    if (shown) spans.push({ text: shown, style: span.style });
  }
  return { spans, more };
};
