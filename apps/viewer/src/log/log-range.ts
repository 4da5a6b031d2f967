import type { LogStore, NumberedPiece } from '#log-store';
import type { AttemptAddress, AttemptReading } from './attempt-reading.js';
import { logLine, type LogLine } from './log-line.js';

export const LONGEST_RANGE = 5_000;
/** Lines may be long: an answer ends where it would become larger, in bytes of text. */
const LARGEST_ANSWER = 8 * 1024 * 1024;

export type LogRange = Readonly<{
  attempt: number;
  step: number;
  from: number;
  /** The last line in the answer; `from - 1` when there is none. */
  to: number;
  lines: readonly LogLine[];
  /** How many lines are known now. */
  total: number;
  /** The step has ended, and nothing of its log is missing. */
  complete: boolean;
}>;

/** Takes pieces up to a line, or until there is enough. */
class Collector {
  readonly lines: LogLine[] = [];
  private size = 0;

  constructor(
    private readonly from: number,
    private readonly to: number,
  ) {}

  /** Returns whether more is wanted. */
  take(pieces: readonly NumberedPiece[]): boolean {
    for (const piece of pieces) {
      if (piece.n > this.to || this.size >= LARGEST_ANSWER) return false;
      const line = logLine(piece);
      this.size += line.x.length;
      this.lines.push(line);
    }
    return true;
  }

  get last(): number {
    return this.lines.at(-1)?.n ?? this.from - 1;
  }
}

/** Lines `from` to `to` of a step, as far as they are known now. @throws LogStoreUnavailable · StreamUnavailable */
export const readRange = async (
  store: LogStore,
  reading: AttemptReading,
  { attempt, ...address }: AttemptAddress,
  step: number,
  range: Readonly<{ from: number; to: number }>,
): Promise<LogRange> => {
  const known = await reading.known(step);
  const held = await store.state({ ...address, attempt, step });
  const collector = new Collector(range.from, range.to);
  const ended = reading.step(step)?.finishedAt != null;
  let complete = ended && held.bytes >= known.bytes;
  if (complete || held.lines >= range.to) {
    for await (const pieces of store.read({ ...address, attempt, step }, range)) if (!collector.take(pieces)) break;
  } else {
    let more = true;
    for await (const part of reading.read(step, { line: range.from }, false)) {
      if (part.kind === 'lines') more = collector.take(part.lines);
      if (!more) break;
    }
    complete = ended && (!more || reading.complete);
  }
  const { last, lines } = collector;
  return { attempt, step, from: range.from, to: last, lines, total: Math.max(known.lines, last), complete };
};
