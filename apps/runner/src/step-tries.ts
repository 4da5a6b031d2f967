import type { Ending, StepTemplate } from '#events';
import { CairnError, messageOf } from '#errors';
import type { Sandbox, StepExit, StepProcess } from './executor/index.js';
import type { Interruption, StopReason } from './interruption.js';

/** Numbers of one sandbox only grow: each step has room for as many tries as the spec allows. */
const TRIES_PER_STEP = 100;

/** How a step has ended: the exit of its last try, or what broke off. */
export type StepEnd = Readonly<{ exit?: StepExit; error?: unknown; timedOut: boolean; interrupted: boolean }>;

export type TriesOptions = Readonly<{
  sandbox: Sandbox;
  /** From 1. */
  number: number;
  step: StepTemplate;
  environment: Readonly<Record<string, string>>;
  interruption: Interruption;
  /** It began after the job was told to end. */
  isCleanUp: boolean;
  graceMs: number;
  /** Hears of each signal that is sent to end the step. */
  ending: (ending: Ending) => void;
}>;

/**
 * One step with its further tries, as one output: what the runner says between two tries is a line of it. The output is
 * the same to the byte for whoever joins the sandbox later. To be read once; `end` is known when it has been read.
 */
export class StepTries implements AsyncIterable<Buffer> {
  #end: StepEnd = { timedOut: false, interrupted: false };
  #isLineOpen = false;

  constructor(private readonly options: TriesOptions) {}

  get end(): StepEnd {
    return this.#end;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const tries = (this.options.step.retries ?? 0) + 1;
    for (let attempt = 1; attempt <= tries; attempt += 1) {
      yield* this.try(attempt);
      const { exit, error, interrupted } = this.#end;
      if (exit?.code === 0 || error !== undefined || interrupted || attempt === tries) return;
      if (this.isTold) return;
      const how = this.#end.timedOut ? 'took too long' : `ended with ${codeOf(exit)}`;
      yield this.line(`the command ${how}; try ${attempt + 1} of ${tries}`);
    }
  }

  /** A line of the runner's own, on a line of its own. */
  line(text: string): Buffer {
    const line = Buffer.from(`${this.#isLineOpen ? '\n' : ''}cairn: ${text}\n`);
    this.#isLineOpen = false;
    return line;
  }

  private tell(attempt: number, ending: Omit<Ending, 'reason'>, reason: StopReason): void {
    if (reason !== 'fenced') this.options.ending({ ...ending, reason, ...(attempt > 1 ? { try: attempt } : {}) });
  }

  /** The job was told to end, and this is not what it does about it. */
  private get isTold(): boolean {
    return this.options.interruption.reason !== undefined && !this.options.isCleanUp;
  }

  private async *try(attempt: number): AsyncGenerator<Buffer> {
    const { sandbox, number, step, environment, interruption, isCleanUp, graceMs } = this.options;
    let timedOut = false;
    const command = {
      number: number * TRIES_PER_STEP + attempt - 1,
      script: step.run,
      environment,
      ...(step.workingDirectory === undefined ? {} : { directory: step.workingDirectory }),
      ...(step.image === undefined ? {} : { image: step.image }),
      ...(step.user === undefined ? {} : { user: step.user }),
      ...(step.shell === undefined ? {} : { shell: step.shell.split(/\s+/).filter(Boolean) }),
    };
    let process: StepProcess;
    try {
      process = sandbox.run(command);
    } catch (error) {
      if (!(error instanceof CairnError)) throw error;
      yield this.line(messageOf(error));
      this.#end = { error, timedOut, interrupted: false };
      return;
    }
    process.accepted.catch(() => undefined);
    const ended = process.exit.then(
      (exit) => ({ exit }),
      (error: unknown) => ({ error }),
    );
    const stop = (grace: number, reason: StopReason): Promise<void> =>
      process.stop(grace, (phase) => this.tell(attempt, { phase, step: number, graceMs: grace }, reason));
    interruption.watch(stop, isCleanUp);
    const stopLate = (): void => {
      timedOut = true;
      void stop(graceMs, 'step-timeout');
    };
    const timer = step.timeoutMs === undefined ? undefined : setTimeout(stopLate, step.timeoutMs);
    try {
      for await (const bytes of untilBroken(process.output)) {
        if (bytes.length > 0) this.#isLineOpen = bytes.at(-1) !== 0x0a;
        yield bytes;
      }
      this.#end = { ...(await ended), timedOut, interrupted: this.isTold };
    } finally {
      clearTimeout(timer);
      interruption.rest();
    }
  }
}

export const codeOf = (exit: StepExit | undefined): string =>
  exit?.code == null ? (exit?.signal ?? 'a signal') : `code ${exit.code}`;

/** The output as far as it goes: why it broke off is said by the process's exit. */
async function* untilBroken(output: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = output[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await source.next().catch(() => undefined);
      if (!next || next.done) return;
      yield next.value;
    }
  } finally {
    await source.return?.();
  }
}
