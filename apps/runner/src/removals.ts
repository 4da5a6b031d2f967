import type { EndReason } from '#events';
import type { AttemptOf, AttemptReport } from './attempt-report.js';

/** Says of the places of jobs that were ended that they are gone. Nothing waits for that but the end of the process. */
export class Removals {
  readonly #telling = new Set<Promise<void>>();
  #left: readonly AttemptOf[] = [];

  constructor(private readonly reportOf: (of: AttemptOf) => AttemptReport) {}

  say({ buildId, jobId, attempt }: AttemptOf, reason: EndReason): void {
    const report = this.reportOf({ buildId, jobId, attempt });
    report.ending({ phase: 'removed', reason });
    const telling = report.endingTold.finally(() => this.#telling.delete(telling));
    this.#telling.add(telling);
  }

  /** It was given up or cancelled while the runner was away: its place is the reaper's. */
  leave(of: AttemptOf): void {
    this.#left = [...this.#left, of];
  }

  /** Every place that is not in use was removed. */
  reaped(): void {
    for (const of of this.#left) this.say(of, 'lost');
    this.#left = [];
  }

  /** Settles when all that was said is stored, or cannot be. */
  async told(): Promise<void> {
    await Promise.all(this.#telling);
  }
}
