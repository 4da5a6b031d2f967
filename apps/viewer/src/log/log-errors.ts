import { setImmediate as breathe } from 'node:timers/promises';
import { ErrorFinder, type FoundError, LineJoiner, type Place, type Severity } from '#log-lines';
import type { AttemptReading } from './attempt-reading.js';
import { logLine } from './log-line.js';

/** An error or warning in a job's log, as the API says it: in lines `line` to `lastLine` of a step. */
export type LogError = Readonly<{
  step: number;
  line: number;
  lastLine: number;
  severity: Severity;
  tool: string;
  message: string;
  /** Relative to the workspace; null when it is not in there, or not known. */
  file: Place | null;
  /** How often the same came in the step. */
  times: number;
  fingerprint: string;
  context: readonly string[];
}>;
/** `complete`: what it is about has ended, and every line of it was looked at. `truncated`: there are more. */
export type LogErrors = Readonly<{ items: readonly LogError[]; truncated: boolean; complete: boolean }>;

/** Over all steps of an attempt. */
export const MOST_LISTED = 200;
/** Others want an answer too: so many lines are looked at without a break. */
const LINES_AT_ONCE = 1000;

const asItem = (step: number, { from, to, place, ...facts }: FoundError): LogError => {
  const { severity, tool, message, times, fingerprint, context } = facts;
  const lines = { step, line: from, lastLine: to };
  return { ...lines, severity, tool, message, file: place ?? null, times, fingerprint, context };
};

/**
 * What stands in the log of a step up to now, read as a stream, never as a whole.
 * @throws LogStoreUnavailable · StreamUnavailable
 */
export const errorsOfStep = async (reading: AttemptReading, step: number): Promise<LogErrors> => {
  const finder = new ErrorFinder();
  const joiner = new LineJoiner();
  let lines = 0;
  for await (const part of reading.read(step, {}, false)) {
    if (part.kind !== 'lines') continue;
    for (const piece of part.lines) {
      const line = joiner.add(logLine(piece));
      if (line) finder.add(line.n, line.text);
      lines += 1;
      if (lines % LINES_AT_ONCE === 0) await breathe();
    }
  }
  const last = joiner.end();
  if (last) finder.add(last.n, last.text);
  finder.end();
  const items = finder.found().map((error) => asItem(step, error));
  return { items, truncated: finder.truncated, complete: reading.complete };
};

/** Those of several steps. Errors before warnings where not all have room; what is listed is in the order of the log. */
export const together = (steps: readonly LogErrors[]): LogErrors => {
  const all = steps.flatMap(({ items }) => items);
  const rank = ({ severity }: LogError): number => (severity === 'error' ? 0 : 1);
  const kept = new Set(all.toSorted((a, b) => rank(a) - rank(b)).slice(0, MOST_LISTED));
  return {
    items: all.filter((item) => kept.has(item)),
    truncated: all.length > kept.size || steps.some(({ truncated }) => truncated),
    complete: steps.every(({ complete }) => complete),
  };
};
