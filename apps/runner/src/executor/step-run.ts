import { Readable } from 'node:stream';
import { Deferred } from './deferred.js';
import type { StepExit, StepProcess, StopPhase } from './executor.js';

/**
 * Ways to end a step from outside: a polite signal to all of it, one that cannot be refused, and the end of the place itself,
 * for a step that has kept its shell from seeing it end.
 */
export type StepSignals = Readonly<{ terminate(): Promise<void>; kill(): Promise<void>; end(): Promise<void> }>;

/** How long the shell may take to say that a step has ended which was killed, when all that it printed was read. */
const KILLED_MS = 5_000;

/** The reading end of a step, fed by whoever reads from where it runs. */
export class StepRun implements StepProcess {
  private readonly acceptance = new Deferred<void>();
  private readonly ending = new Deferred<StepExit>();
  private readonly stream: Readable;
  private stopping: Promise<void> | undefined;
  private readonly hurry = new Deferred<void>();
  private over = false;
  private written = 0;
  /** More bytes are waiting than the reader has asked for. */
  full = false;

  readonly accepted = this.acceptance.promise;
  readonly exit = this.ending.promise;

  /** `wanted` is called when the reader asks for more. */
  constructor(
    readonly number: number,
    private readonly signals: StepSignals,
    wanted: () => void,
  ) {
    this.stream = new Readable({
      read: () => {
        if (!this.full) return;
        this.full = false;
        wanted();
      },
      // A reader that goes away early must not leave the step blocked for ever.
      destroy: (error, done) => {
        this.full = false;
        done(error);
        wanted();
      },
    });
    this.stream.on('error', () => undefined);
  }

  get output(): AsyncIterable<Buffer> {
    return this.stream;
  }

  accept(): void {
    this.acceptance.resolve();
  }

  write(bytes: Buffer): void {
    this.written += bytes.length;
    if (!this.stream.destroyed) this.full = !this.stream.push(bytes);
  }

  finish(exit: StepExit): void {
    this.end();
    this.ending.resolve(exit);
  }

  fail(error: Error): void {
    this.end();
    this.acceptance.reject(error);
    this.ending.reject(error);
  }

  /** Unlike `fail`, the reader learns that what it has read is not all. */
  abandon(error: Error): void {
    this.over = true;
    this.stream.destroy(error);
    this.acceptance.reject(error);
    this.ending.reject(error);
  }

  stop(graceMs: number, told: (phase: StopPhase) => void = () => undefined): Promise<void> {
    if (graceMs === 0) this.hurry.resolve();
    this.stopping ??= this.terminate(graceMs, told);
    return this.stopping;
  }

  private end(): void {
    this.over = true;
    this.full = false;
    if (!this.stream.destroyed) this.stream.push(null);
  }

  private async terminate(graceMs: number, told: (phase: StopPhase) => void): Promise<void> {
    await this.accepted.catch(() => undefined);
    if (this.over) return;
    told('signalled'); // first: what the step does about it is told after it
    await this.signals.terminate();
    await this.endsWithin(graceMs, this.hurry.promise);
    if (this.over) return;
    told('killed');
    await this.signals.kill();
    void this.seeItEnd();
  }

  /** A step that nobody reads has not ended yet either, but is not to blame for that. */
  private async seeItEnd(): Promise<void> {
    for (let seen = -1; !this.over && (this.full || seen !== this.written);) {
      seen = this.written;
      await this.endsWithin(KILLED_MS);
    }
    if (!this.over) await this.signals.end();
  }

  /** Settles with the step, or when it has not ended in that time. */
  private async endsWithin(ms: number, cut?: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    const ended = this.exit.then(
      () => undefined,
      () => undefined,
    );
    await Promise.race([ended, late, ...(cut ? [cut] : [])]);
    clearTimeout(timer);
  }
}
