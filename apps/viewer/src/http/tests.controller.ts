import { Controller, Get, GoneException, Header, Inject, Param, Query } from '@nestjs/common';
import { BlobMissing } from '#errors';
import type { TestReport } from '#events';
import { decodeCursor, encodeCursor } from '../read-model/cursor.js';
import { ReadModel } from '../read-model/read-model.js';
import { TestReader } from '../tests/test-reader.js';
import { attemptIdsOf } from './attempt-ids.js';
import * as parameters from './parameters.js';

/** `items`: the cases, those that failed first. `totals` is null where no tests were reported. */
type TestPage = Readonly<{ attempt: number; totals: TestReport['totals'] | null; files: number }> &
  Pick<TestReport, 'unread' | 'cut'> &
  Readonly<{ items: TestReport['cases']; next: string | null }>;

/** What the tests of a job came to. */
@Controller('api/builds/:build/jobs/:job/tests')
export class TestsController {
  constructor(
    @Inject(TestReader) private readonly tests: TestReader,
    @Inject(ReadModel) private readonly model: ReadModel,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  async list(@Param() ids: { build: string; job: string }, @Query() query: parameters.Query): Promise<TestPage> {
    const { limit, cursor } = parameters.pageOf(query);
    const asked = attemptIdsOf(this.model, ids, query);
    // A page goes on in the attempt that it began with, though there may be another by now.
    const [begun = asked.attempt, from = 0] = cursor === undefined ? [] : decodeCursor(cursor, ['number', 'number']);
    const attempt = Number(begun);
    const reported = await this.tests.find({ ...asked, attempt });
    if (!reported)
      return { attempt, totals: null, files: 0, unread: [], cut: { cases: 0, texts: 0 }, items: [], next: null };
    const { totals, files, unread, cut, cases } = await this.tests.open(reported).catch((error: unknown) => {
      if (!(error instanceof BlobMissing)) throw error;
      throw new GoneException('the report is no longer stored; run the build again');
    });
    const start = Math.max(0, Math.floor(Number(from)));
    const items = cases.slice(start, start + limit);
    const next = start + limit < cases.length ? encodeCursor([attempt, start + limit]) : null;
    return { attempt, totals, files, unread, cut, items, next };
  }
}
