import { fingerprintOf } from '../fingerprint.js';
import type { Place } from '../places/place.js';
import { shownText } from '../spans.js';
import type { Beginning, Facts, Recogniser, Rest, Severity } from './recogniser.js';
import { TOOLS } from './tools.js';

/** An error or a warning in a step's log. `from` and `to`: its first and last line there, the first time it came. */
export type FoundError = Readonly<{
  severity: Severity;
  tool: string;
  message: string;
  place: Place | undefined;
  from: number;
  to: number;
  /** How often the same came, word by word and of the same place. */
  times: number;
  fingerprint: string;
  /** Its first lines as they are shown, shortened. */
  context: readonly string[];
}>;

const LONGEST_LINE = 2000;
const LONGEST_MESSAGE = 500;
const MOST_LINES = 500;
/** What turned out to be no error after so few lines is looked at anew: nobody else has seen them. */
const MOST_ANEW = 40;
const MOST_CONTEXT = 12;
const LONGEST_CONTEXT = 200;
/** For each severity. */
export const MOST_ERRORS = 100;

/** What builders put before each line: BuildKit's number of the step and its seconds. */
const PREFIX = /^#\d+ \d+\.\d+ /;

const isRest = (beginning: Beginning): beginning is Rest => typeof beginning === 'object' && 'take' in beginning;
const shortened = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text;

type Line = Readonly<{ n: number; text: string }>;
/** `lines`: how many it has; `first` are the first of them. */
type Open = { readonly rest: Rest; readonly first: Line[]; readonly from: number; to: number; lines: number };
type Kept = { -readonly [Key in keyof FoundError]: FoundError[Key] };

/**
 * Finds errors and warnings in the lines of one step, told in order. Time is linear in what it is told; memory is
 * bounded: what comes beyond the first hundred of a severity is counted out by `truncated`.
 */
export class ErrorFinder {
  private readonly recognisers: readonly Recogniser[] = TOOLS.map((tool) => tool());
  private readonly kept = new Map<string, Kept>();
  private readonly counts = { error: 0, warning: 0 };
  private open: Open | undefined;
  /** Whether there were more than are kept. */
  truncated = false;

  add(n: number, line: string): void {
    this.look({ n, text: shownText(line).slice(0, LONGEST_LINE).replace(PREFIX, '').trimEnd() });
  }

  private look(line: Line): void {
    if (this.goesOn(line) || line.text === '') return;
    for (const recognise of this.recognisers) {
      const beginning = recognise(line.text);
      if (beginning === undefined) continue;
      if (isRest(beginning)) this.open = { rest: beginning, first: [line], from: line.n, to: line.n, lines: 1 };
      else if (beginning !== 'understood') this.keep(beginning, [line], line.n);
      return;
    }
  }

  /** What was found, in the order of the log. The step may go on afterwards. */
  found(): readonly FoundError[] {
    return [...this.kept.values()];
  }

  /** The step has ended: what was open ends with it. */
  end(): void {
    while (this.open) this.close();
  }

  private goesOn(line: Line): boolean {
    const { open } = this;
    if (!open) return false;
    const verdict = open.lines < MOST_LINES ? open.rest.take(line.text) : 'other';
    if (verdict === 'other') {
      this.close();
      return this.open !== undefined && this.goesOn(line);
    }
    open.lines += 1;
    if (open.first.length < MOST_ANEW) open.first.push(line);
    if (line.text !== '') open.to = line.n;
    if (verdict === 'last') this.close();
    return true;
  }

  private close(): void {
    const { open } = this;
    this.open = undefined;
    const facts = open?.rest.facts();
    if (open && facts) this.keep(facts, open.first, open.to);
    else if (open && open.lines <= MOST_ANEW) for (const line of open.first.slice(1)) this.look(line);
  }

  private keep({ severity, tool, message, place }: Facts, lines: readonly Line[], to: number): void {
    const short = shortened(message, LONGEST_MESSAGE);
    const key = JSON.stringify([severity, tool, short, place]);
    const known = this.kept.get(key);
    if (known) known.times += 1;
    else if (this.counts[severity] >= MOST_ERRORS) this.truncated = true;
    else {
      this.counts[severity] += 1;
      const fingerprint = fingerprintOf({ severity, tool, message: short, path: place?.path });
      const context = lines.filter(({ n }) => n <= to).map(({ text }) => shortened(text, LONGEST_CONTEXT));
      const from = lines[0]?.n ?? to;
      const found = { severity, tool, message: short, place, from, to, times: 1, fingerprint };
      this.kept.set(key, { ...found, context: context.slice(0, MOST_CONTEXT) });
    }
  }
}
