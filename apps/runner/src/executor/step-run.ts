import { Readable } from 'node:stream';
import { Deferred } from './deferred.js';
import type { StepExit, StepProcess } from './executor.js';

/** Ways to end a step from outside: a polite signal to all of it, and one that cannot be refused. */
export type StepSignals = Readonly<{ terminate(): Promise<void>; kill(): Promise<void> }>;

/** The reading end of a step, fed by whoever reads from where it runs. */
export class StepRun implements StepProcess {
  private readonly acceptance = new Deferred<void>();
  private readonly ending = new Deferred<StepExit>();
  private readonly stream: Readable;
  private stopping: Promise<void> | undefined;
  private over = false;
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

  stop(graceMs: number): Promise<void> {
    this.stopping ??= this.terminate(graceMs);
    return this.stopping;
  }

  private end(): void {
    this.over = true;
    this.full = false;
    if (!this.stream.destroyed) this.stream.push(null);
  }

  private async terminate(graceMs: number): Promise<void> {
    await this.accepted.catch(() => undefined);
    if (this.over) return;
    await this.signals.terminate();
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)));
    const ended = this.exit.then(
      () => undefined,
      () => undefined,
    );
    await Promise.race([ended, grace]);
    clearTimeout(timer);
    if (!this.over) await this.signals.kill();
  }
}
