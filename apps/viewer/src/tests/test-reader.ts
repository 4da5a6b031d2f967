import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { subjects, type JobEvent, type TestReport, type TestsReported } from '#events';
import { Aggregates, MessagePublisher } from '#jetstream';
import type { AttemptIds } from '../http/attempt-ids.js';

/** Pages of one report are asked for one after another. A report never changes: it is named by its content. */
const REPORTS = 4;

/** What the tests of jobs came to: the events tell the totals, a blob has the cases. */
@Injectable()
export class TestReader {
  readonly #reports = new LRUCache<string, TestReport>({ max: REPORTS });

  constructor(
    @Inject(Aggregates) private readonly aggregates: Aggregates,
    @Inject(MessagePublisher) private readonly publisher: MessagePublisher,
  ) {}

  /** Undefined when the attempt has reported none. @throws StreamUnavailable */
  async find({ buildId, jobId, attempt }: AttemptIds): Promise<TestsReported['data'] | undefined> {
    const { events } = await this.aggregates.store.load<JobEvent>(subjects.job(buildId, jobId));
    for (const event of events) if (event.type === 'TestsReported' && event.data.attempt === attempt) return event.data;
    return undefined;
  }

  /** @throws BlobMissing */
  async open({ report: { sha256 } }: TestsReported['data']): Promise<TestReport> {
    const known = this.#reports.get(sha256);
    if (known) return known;
    const report = JSON.parse(Buffer.from(await this.publisher.blobs.get(sha256)).toString('utf8')) as TestReport;
    this.#reports.set(sha256, report);
    return report;
  }
}
