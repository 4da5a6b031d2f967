import { completenessOf, LogModel, type StepInfo } from './log-model.js';
import { isGap, type Piece } from './step-log.js';

const info = (index: number, status: StepInfo['status'], lines: number | null = null): StepInfo => ({
  index,
  name: `step ${index}`,
  status,
  exitCode: null,
  lines,
});
const lines = (from: number, to: number): Piece[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ n: from + at, t: 0, x: `line ${from + at}` }));
const rowsOf = (model: LogModel): string[] =>
  Array.from({ length: model.rows }, (_, row) => {
    const place = model.at(row);
    if (!place?.row) return `${place?.block.info.name} ${place?.block.info.status}`;
    return isGap(place.row) ? 'gap' : place.row.text;
  });

describe('log model', () => {
  it('lists every step with its lines in order, whatever order they are told in', () => {
    const model = new LogModel();
    model.describe(info(2, 'waiting'));
    model.add(0, lines(1, 2));
    model.describe(info(1, 'running'));
    model.add(1, lines(1, 1));
    expect(rowsOf(model)).toEqual(['Step 0 running', 'line 1', 'line 2', 'step 1 running', 'line 1', 'step 2 waiting']);
    expect([model.isHeading(0), model.isHeading(1), model.isHeading(3), model.isHeading(5)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect([model.rowOf(0), model.rowOf(1, 1), model.rowOf(2), model.rowOf(1, 2), model.rowOf(7)]).toEqual([
      0,
      4,
      5,
      undefined,
      undefined,
    ]);
    expect(model.at(6)).toBeUndefined();
    expect(model.lines).toBe(3);
  });

  it('does not let older news of a step replace newer', () => {
    const model = new LogModel();
    model.describe({ ...info(1, 'failed', 3), exitCode: 7 });
    model.describe(info(1, 'running'));
    expect(model.steps[0]?.info).toMatchObject({ status: 'failed', exitCode: 7, lines: 3 });
    model.describe({ ...info(1, 'failed'), stored: true });
    expect(model.steps[0]?.info).toMatchObject({ exitCode: 7, lines: 3, stored: true });
  });

  it.each([
    ['nothing yet', 'running', null, [], { received: 0, total: null, missing: 0 }],
    ['all of it', 'passed', 3, lines(1, 3), { received: 3, total: 3, missing: 0 }],
    ['not the end', 'passed', 5, lines(1, 3), { received: 3, total: 5, missing: 2 }],
    ['not the middle', 'passed', 6, [...lines(1, 3), ...lines(6, 6)], { received: 4, total: 6, missing: 2 }],
    [
      'a last line without newline, not counted',
      'passed',
      1,
      [...lines(1, 1), { n: 2, t: 0, x: '$ ', c: 1 }],
      { received: 1, total: 1, missing: 0 },
    ],
    [
      'a last line without newline, counted',
      'passed',
      2,
      [...lines(1, 1), { n: 2, t: 0, x: '$ ', c: 1 }],
      { received: 2, total: 2, missing: 0 },
    ],
  ] as const)('says how complete a step is: %s', (_what, status, total, pieces, expected) => {
    const model = new LogModel();
    model.describe(info(1, status, total));
    model.add(1, pieces);
    expect(model.steps.map(completenessOf)).toEqual([expected]);
  });
});
