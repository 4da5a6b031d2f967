import { BUSYBOX_IMAGE } from '../harness/images.js';

/** `batch` lines at a time, then a pause; one of `every` is longer than the 16 KiB at which the engine cuts its log. */
export type Pace = Readonly<{ batch: number; pauseUs: number; every: number }>;

const SHORT = 'x'.repeat(80);
const LONG = 'y'.repeat(20_000);

/** About 10 MB a second, and 10 lines a second. */
export const PACES = {
  fast: { batch: 3500, pauseUs: 60_000, every: 100 },
  slow: { batch: 1, pauseUs: 100_000, every: 5 },
} as const satisfies Record<string, Pace>;

/**
 * Prints lines until a file `go` appears, then how often it was executed, and ends with `code`. By busybox, in the image and
 * on the host alike.
 */
const script = ({ batch, pauseUs, every }: Pace, code: number): string =>
  `echo begun >>executions
busybox awk 'BEGIN {
  short = sprintf("%${SHORT.length}s", ""); gsub(/ /, "x", short)
  long = sprintf("%${LONG.length}s", ""); gsub(/ /, "y", long)
  for (n = 1; ; n++) {
    print n " " (n % ${every} ? short : long)
    if (n % ${batch} == 0) { fflush(); if (system("[ -e go ]") == 0) break; system("busybox usleep ${pauseUs}") }
  }
  print n " lines, executed " lines("executions") " time"
}
function lines(file, count, line) { while ((getline line <file) > 0) count++; return count }'
exit ${code}
`;

/** The jobs `fast`, which passes and has a second step, and `slow`, which ends with 3. `image`: without it, on the host. */
export const numberedFiles = (hasImage: boolean): Record<string, string> => ({
  '.cairn.yml': [
    ...(hasImage ? [`image: ${BUSYBOX_IMAGE}`] : []),
    'jobs:',
    '  fast:',
    '    steps: [sh fast.sh, echo and a second step]',
    '  slow:',
    '    steps: [sh slow.sh]',
  ].join('\n'),
  'fast.sh': script(PACES.fast, 0),
  'slow.sh': script(PACES.slow, 3),
});

/** Follows a log piece by piece; of what may be hundreds of megabytes it keeps one line. */
export class NumberedLines {
  #count = 0;
  #rest = '';
  #end: string | undefined;

  constructor(private readonly every: number) {}

  /** @throws Error at the first line that is not the next */
  add(piece: Buffer): void {
    const lines = (this.#rest + piece.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.next(line);
  }

  /** How many numbered lines there were, when the last line is the one that tells their number. */
  end(): number {
    if (this.#end !== `${this.#count} lines, executed 1 time` || this.#rest !== '')
      throw new Error(`after line ${this.#count} the log ends with ${JSON.stringify(this.#end ?? this.#rest)}`);
    return this.#count;
  }

  private next(line: string): void {
    const number = this.#count + 1;
    const isNext = line === `${number} ${number % this.every === 0 ? LONG : SHORT}`;
    if (isNext && this.#end === undefined) this.#count = number;
    else if (this.#end === undefined && line.endsWith(' time')) this.#end = line;
    else throw new Error(`line ${number} is ${JSON.stringify(line.slice(0, 120))} of ${line.length} bytes`);
  }
}
