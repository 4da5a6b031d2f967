import { SandboxDetached } from '#errors';
import type { EndReason } from '#events';

/**
 * Why a job is ended before its time. After these two nothing more is said about it: `fenced`, it belongs to somebody else now;
 * `left`, what runs is left alone, and the next process of this runner goes on with it.
 */
export type InterruptionReason = 'cancelled' | 'timeout' | 'handed-back' | 'left' | 'fenced';

/** Why what runs is ended; of a job that is fenced nothing is said. */
export type StopReason = EndReason | 'fenced';

/** Ends what runs: SIGTERM, and SIGKILL after `graceMs`. */
type Stop = (graceMs: number, reason: StopReason) => unknown;

/** `cleanUpMs`: how long all clean-up steps together may take, from the beginning of the first. */
export type InterruptionLimits = Readonly<{ graceMs: number; cleanUpMs: number }>;

/**
 * Whether a job was told to end, and the means to do it. The first reason counts, but `fenced` and `left` go before all
 * others: then not even the clean-up may go on.
 */
export class Interruption {
  readonly #fence = new AbortController();
  #reason: InterruptionReason | undefined;
  #stop: Stop | undefined;
  #cleanUp: NodeJS.Timeout | undefined;
  #isCleanUpOver = false;

  constructor(private readonly limits: InterruptionLimits) {}

  get reason(): InterruptionReason | undefined {
    return this.#reason;
  }

  /** Aborted when the job is fenced or left: nothing may be published any more. */
  get fence(): AbortSignal {
    return this.#fence.signal;
  }

  /** After a cancellation or a timeout, steps that say so clean up; otherwise nothing more is begun. */
  get allowsCleanUp(): boolean {
    return !this.#isCleanUpOver && (this.#reason === 'cancelled' || this.#reason === 'timeout');
  }

  /** `error`: what work that publishes is broken off with when the job is fenced or left. */
  raise(reason: InterruptionReason, error: Error): void {
    if (isLast(this.#reason) || (this.#reason && !isLast(reason))) return;
    this.#reason = reason;
    if (isLast(reason)) this.#fence.abort(error);
    if (reason !== 'left') this.#stop?.(reason === 'fenced' ? 0 : this.limits.graceMs, reason);
  }

  /** From now on `stop` is how what runs is ended. Ordinary work ends at once when the job was told to end meanwhile. */
  watch(stop: Stop, isCleanUp: boolean): void {
    this.#stop = stop;
    if (this.#reason === 'left') return;
    if (this.#reason === 'fenced') stop(0, 'fenced');
    else if (this.#isCleanUpOver) stop(0, 'clean-up-timeout');
    else if (isCleanUp) this.#cleanUp ??= setTimeout(() => this.endCleanUp(), this.limits.cleanUpMs);
    else if (this.#reason) stop(this.limits.graceMs, this.#reason);
  }

  /** Runs ordinary work, whose signal is aborted when the job is told to end; `told` hears of it then. */
  async during<T>(work: (signal: AbortSignal) => Promise<T>, told: (reason: StopReason) => void): Promise<T> {
    const abort = new AbortController();
    const stop: Stop = (_, reason) => {
      if (abort.signal.aborted) return;
      told(reason);
      abort.abort(new SandboxDetached('the job was told to end'));
    };
    this.watch(stop, false);
    try {
      return await work(abort.signal);
    } finally {
      this.rest();
    }
  }

  /** Nothing runs any more. */
  rest(): void {
    this.#stop = undefined;
  }

  /** The job has ended. */
  close(): void {
    clearTimeout(this.#cleanUp);
  }

  private endCleanUp(): void {
    this.#isCleanUpOver = true;
    this.#stop?.(0, 'clean-up-timeout');
  }
}

const isLast = (reason: InterruptionReason | undefined): boolean => reason === 'fenced' || reason === 'left';
