import { Inject, Injectable } from '@nestjs/common';
import type { StepView } from '#domain';
import type { LogAddress } from '#events';
import type { LogStore } from '#log-store';
import { NoticeBoard } from '../read-model/notice-board.js';
import { ReadModel } from '../read-model/read-model.js';
import { AttemptReading, type AttemptAddress } from './attempt-reading.js';
import { readRange, type LogRange } from './log-range.js';
import { LOG_STORE } from './log-store.provider.js';
import { LogTail } from './log-tail.js';

/** The one way to the logs, whether they are stored, on their way, or still to come. */
@Injectable()
export class LogReader {
  constructor(
    @Inject(LOG_STORE) private readonly store: LogStore,
    @Inject(LogTail) private readonly tail: LogTail,
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(NoticeBoard) private readonly board: NoticeBoard,
  ) {}

  /** The attempt, or the newest of the job; undefined when there is none such. */
  addressOf(
    { buildId, jobId }: Pick<LogAddress, 'buildId' | 'jobId'>,
    attempt: number | undefined,
  ): AttemptAddress | undefined {
    const job = this.model.job(buildId, jobId);
    if (!job) return undefined;
    const address = { buildId, jobId, attempt: attempt ?? Math.max(1, job.view.attempt) };
    return this.model.attempt(buildId, jobId, address.attempt) && address;
  }

  /** Steps and services, as they are known now. */
  stepsOf({ buildId, jobId, attempt }: AttemptAddress): readonly StepView[] {
    return this.model.attempt(buildId, jobId, attempt)?.steps ?? [];
  }

  /** Ends when the signal is aborted, which must happen. */
  reading(address: AttemptAddress, signal: AbortSignal): AttemptReading {
    const { store, tail, model, board } = this;
    return new AttemptReading({ store, tail, model, board }, address, signal);
  }

  async range(address: AttemptAddress, step: number, range: Readonly<{ from: number; to: number }>): Promise<LogRange> {
    const done = new AbortController();
    try {
      return await readRange(this.store, this.reading(address, done.signal), address, step, range);
    } finally {
      done.abort();
    }
  }
}
