import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { LogAddress } from '#events';
import type { AttemptAddress } from './attempt-reading.js';
import { errorsOfStep, type LogErrors, together } from './log-errors.js';
import { LogReader } from './log-reader.js';

/** In characters of JSON, for all answers that are kept. */
const KEPT_SIZE = 8 * 1024 * 1024;

/** What errors the logs of attempts hold. The log of a step that has ended is read once, while its answer is kept. */
@Injectable()
export class LogErrorReader {
  readonly #kept = new LRUCache<string, LogErrors>({
    maxSize: KEPT_SIZE,
    sizeCalculation: (errors) => JSON.stringify(errors).length,
  });
  readonly #underWay = new Map<string, Promise<LogErrors>>();

  constructor(@Inject(LogReader) private readonly logs: LogReader) {}

  /** Of the whole attempt as it is now, or of one step. @throws LogStoreUnavailable · StreamUnavailable */
  async find(address: AttemptAddress, only: number | undefined): Promise<LogErrors> {
    const steps = this.logs.stepsOf(address).filter(({ index }) => only === undefined || index === only);
    const found: LogErrors[] = [];
    for (const { index, bytes } of steps) if (bytes !== 0) found.push(await this.ofStep({ ...address, step: index }));
    return together(found);
  }

  private async ofStep(address: LogAddress): Promise<LogErrors> {
    const key = JSON.stringify([address.buildId, address.jobId, address.attempt, address.step]);
    const known = this.#kept.get(key) ?? this.#underWay.get(key);
    if (known) return known;
    const answer = this.read(address);
    this.#underWay.set(key, answer);
    try {
      const errors = await answer;
      if (errors.complete) this.#kept.set(key, errors);
      return errors;
    } finally {
      this.#underWay.delete(key);
    }
  }

  private async read({ step, ...address }: LogAddress): Promise<LogErrors> {
    const done = new AbortController();
    try {
      return await errorsOfStep(this.logs.reading(address, done.signal), step);
    } finally {
      done.abort();
    }
  }
}
