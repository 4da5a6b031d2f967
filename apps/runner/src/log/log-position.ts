import { CHAIN_START, type LogChunk, newlinesOf } from '#events';

/**
 * A place in a step's output. `bytes`: how many lie before it. `line`: number of the line that goes on or begins here,
 * from 1. `open`: some of that line lies before. `chain`: hash of the chunk that ends here.
 */
export type LogPosition = Readonly<{ bytes: number; line: number; open: boolean; chain: string }>;

/** What a finished log amounts to; a last line without newline counts as a line. */
export type LogTotals = Readonly<{ lines: number; bytes: number; chain: string }>;

/** Where to go on after the last chunk that was published; at the beginning when there is none. */
export const resumeAfter = (chunk: LogChunk | undefined): LogPosition =>
  chunk
    ? {
        bytes: chunk.offset + chunk.bytes,
        line: chunk.from + newlinesOf(chunk.lines),
        open: chunk.lines.at(-1)?.c === 1,
        chain: chunk.chain,
      }
    : { bytes: 0, line: 1, open: false, chain: CHAIN_START };

export const totalsAt = ({ bytes, line, open, chain }: LogPosition): LogTotals => ({
  lines: open ? line : line - 1,
  bytes,
  chain,
});
