import { eventually } from '#testing';
import { Harness } from '../../testing/test-harness.js';
import type { LogErrors } from './log-errors.js';

describe('errors in logs', () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.start();
  });
  afterAll(() => harness.stop());

  const errorsOf = (id: string, query = '') =>
    harness.get<LogErrors & { attempt: number }>(`/api/builds/${id}/jobs/test/log/errors${query}`);

  /** A build whose first step has ended with a warning, and whose second has begun with an error that goes on. */
  const begun = async (): Promise<string> => {
    const { world } = harness;
    const id = await world.build();
    await world.queue(id);
    await world.start(id);
    await world.startStep(id, 1);
    const first = await world.print(id, 1, ['npm warn deprecated a@1: use b', 'added 3 packages, 0 errors']);
    await world.endStep(id, 1);
    await world.ship(id, 1, [first], true);
    await world.startStep(id, 2);
    await world.print(id, 2, ['> tsc', { t: 1, x: '\x1b[96msrc/a.ts\x1b[0m:3:7 - \x1b[91merr', c: 1 }]);
    await harness.upTo(
      await world.print(id, 2, [{ t: 1, x: 'or\x1b[0m TS2322: wrong', c: 1 }]).then(() => world.notice(id)),
    );
    return id;
  };

  it('are listed with step, lines, tool and place, while the job runs and when it has ended', async () => {
    const id = await begun();
    const running = await eventually(
      () => errorsOf(id),
      ({ body }) => body.items.length === 2,
    );
    const warning = {
      step: 1,
      line: 1,
      lastLine: 1,
      severity: 'warning',
      tool: 'npm',
      message: 'deprecated a@1: use b',
    };
    expect(running.body).toMatchObject({
      ...{ attempt: 1, truncated: false, complete: false },
      items: [
        { ...warning, file: null, times: 1 },
        {
          ...{ step: 2, line: 2, lastLine: 2, severity: 'error', tool: 'tsc', message: 'TS2322: wrong' },
          ...{ file: { path: 'src/a.ts', line: 3, column: 7 }, context: ['src/a.ts:3:7 - error TS2322: wrong'] },
        },
      ],
    });
    await harness.world.print(id, 2, ['', '', '3 const a: string = 1;', '        ~', 'Found 1 error.']);
    await harness.world.endStep(id, 2);
    await harness.world.finish(id, 'failed');
    const ended = await eventually(
      () => errorsOf(id),
      ({ body }) => body.complete,
    );
    expect(ended.body.items).toMatchObject([warning, { step: 2, line: 2, lastLine: 5 }]);
    expect((await errorsOf(id)).body).toEqual(ended.body);
    expect((await errorsOf(id, '?step=1')).body.items).toMatchObject([warning]);
    expect(ended.body.items[1]?.fingerprint).toBe(running.body.items[1]?.fingerprint);
  });

  it('are a bounded number, errors before warnings, and the answer says so', async () => {
    const id = await begun();
    const lines = Array.from({ length: 150 }, (_, at) => [`warning: w${at} is slow`, `error: e${at} is broken`]).flat();
    await harness.world.print(id, 2, [{ t: 1, x: '' }, ...lines]);
    await harness.world.endStep(id, 2);
    await harness.world.finish(id, 'failed');
    const { body } = await eventually(
      () => errorsOf(id),
      ({ body: answer }) => answer.complete,
    );
    expect(body).toMatchObject({ truncated: true });
    const counts = ['error', 'warning'].map(
      (wanted) => body.items.filter(({ severity }) => severity === wanted).length,
    );
    expect(counts).toEqual([100, 100]);
  });

  it.each([
    ['?attempt=9', 404],
    ['?step=9', 404],
    ['?step=x', 400],
    ['?service=db', 404],
  ])('%s is %d', async (query, status) => {
    const id = await begun();
    expect((await errorsOf(id, query)).status).toBe(status);
  });
});
