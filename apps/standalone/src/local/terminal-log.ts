import { stepNameIn } from '#domain';
import { bytesOfPiece, type LogAddress, type LogChunk, type Plan, type PlannedJob } from '#events';
import { plain } from '../../../cli/src/plain.js';
import { painter, type Colour, type Paint } from '../../../cli/src/paint.js';

const COLOURS: readonly Colour[] = ['cyan', 'magenta', 'yellow', 'blue', 'green'];
const WIDEST_NAME = 30;
/** A line that never ends is shown in pieces of this many bytes. */
const LONGEST_PIECE = 64 * 1024;

/** A step of the one build that is shown. */
export type StepAddress = Omit<LogAddress, 'buildId'>;

type Shown = Readonly<{ label: string; steps: readonly string[] }>;

/** A job's name, and its cell in words: `test (node 22, os linux)`. */
export const nameOf = ({ name, cell }: PlannedJob): string => {
  const values = Object.entries(cell).map(([key, value]) => `${key} ${value}`);
  return plain(values.length === 0 ? name : `${name} (${values.join(', ')})`);
};

/** The log of all jobs on one terminal: each line behind the name of its job. Whole lines, in the order of each step. */
export class TerminalLog {
  readonly #jobs: ReadonlyMap<string, Shown>;
  readonly #begun = new Set<string>();
  /** What came of a line that has not ended, by step. */
  readonly #rests = new Map<string, Buffer>();
  readonly #paint: Paint;

  constructor(
    plan: Plan,
    hasColours: boolean,
    private readonly write: (text: string) => void,
  ) {
    this.#paint = painter(hasColours);
    const width = Math.min(WIDEST_NAME, Math.max(...plan.jobs.map((job) => nameOf(job).length)));
    const shown = plan.jobs.map((job, index): [string, Shown] => {
      const colour = COLOURS[index % COLOURS.length] ?? 'cyan';
      const { steps = [], services = [] } = plan.templates.find(({ name }) => name === job.name) ?? {};
      const label = this.#paint(colour, `${nameOf(job).padEnd(width)} |`);
      return [
        job.id,
        {
          label,
          steps: [
            ...steps.map(({ name }) => plain(stepNameIn(name, job.cell))),
            'Keep what the job leaves',
            ...services.map(({ name }) => `service ${name}`),
          ],
        },
      ];
    });
    this.#jobs = new Map(shown);
  }

  /** A step begins; told once, whoever brings the news first. Step 0, the preparation, goes without saying. */
  begin({ jobId, attempt, step }: StepAddress): void {
    const key = keyOf({ jobId, attempt, step });
    if (this.#begun.has(key)) return;
    this.#begun.add(key);
    const name = this.#jobs.get(jobId)?.steps[step - 1];
    if (name !== undefined) this.say(jobId, this.#paint('bold', `$ ${name}`));
  }

  chunk(address: StepAddress, chunk: LogChunk): void {
    this.begin(address);
    const key = keyOf(address);
    let rest = this.#rests.get(key) ?? Buffer.alloc(0);
    for (const piece of chunk.lines) {
      rest = Buffer.concat([rest, bytesOfPiece(piece)]);
      if (piece.c && rest.length < LONGEST_PIECE) continue;
      this.line(address, rest.toString());
      rest = Buffer.alloc(0);
    }
    this.#rests.set(key, rest);
  }

  /** Shows what stands after the last line end of the step. */
  end(address: StepAddress): void {
    const key = keyOf(address);
    const rest = this.#rests.get(key);
    if (rest && rest.length > 0) this.line(address, rest.toString());
    this.#rests.delete(key);
  }

  /** A line of our own about a job. */
  say(jobId: string, line: string): void {
    this.write(`${this.#jobs.get(jobId)?.label ?? plain(jobId)} ${line}\n`);
  }

  /** A progress bar goes back to the beginning of its line: each state of it gets a line, for the name must stay. */
  private line({ jobId, step }: StepAddress, text: string): void {
    for (const part of text.replace(/\r?\n$/, '').split('\r'))
      this.say(jobId, step === 0 ? this.#paint('dim', part) : part);
  }
}

const keyOf = ({ jobId, attempt, step }: StepAddress): string => `${jobId}.${attempt}.${step}`;
