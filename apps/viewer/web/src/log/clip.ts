import { type Segment, segmentsOf, type Sgr } from './ansi.js';

export type Clipped = Readonly<{ segments: readonly Segment[]; more: number }>;

/** An escape sequence is hardly longer: with so much beyond the limit, none is cut in two within it. */
const SPARE = 64;

/** What a line shows in at most `max` characters, and how many more it has. A line of megabytes costs no more than that. */
export const clip = (text: string, before: Sgr, max: number): Clipped => {
  // A rewritten line shows its end, so it is played to the end; step-log.ts bounds it.
  const source = text.length <= max || text.includes('\r') ? text : text.slice(0, max + SPARE);
  const segments: Segment[] = [];
  let left = max;
  let more = text.length - source.length;
  for (const segment of segmentsOf(source, before)) {
    const shown = segment.text.slice(0, left);
    left -= shown.length;
    more += segment.text.length - shown.length;
    if (shown) segments.push({ text: shown, sgr: segment.sgr });
  }
  return { segments, more };
};
