import { errorsFirst, errorsText, placeText } from './errors-text.js';

const error = { step: 1, line: 2, severity: 'error', tool: 'tsc', message: 'x', file: null, times: 1 } as const;
const warning = { ...error, severity: 'warning' } as const;

describe('errors in words', () => {
  it.each([
    [[error], false, '1 error in the log'],
    [[warning, error, warning], false, '1 error, 2 warnings in the log'],
    [[warning, warning], true, 'The first 2 warnings in the log'],
  ])('says how many of which, and whether there are more: %#', (items, truncated, expected) =>
    expect(errorsText({ items, truncated })).toBe(expected),
  );

  it('lists errors before warnings, each in the order of the log', () => {
    const items = [warning, error, { ...warning, line: 5 }, { ...error, line: 4 }];
    expect(errorsFirst(items).map(({ severity, line }) => [severity, line])).toEqual([
      ['error', 2],
      ['error', 4],
      ['warning', 2],
      ['warning', 5],
    ]);
  });

  it.each([
    [{ ...error, file: { path: 'src/a.ts', line: 3, column: 7 } }, 'src/a.ts:3:7 · tsc'],
    [{ ...error, file: { path: 'src/a.ts' }, times: 4 }, 'src/a.ts · tsc · 4 times'],
    [{ ...error, tool: 'generic' }, ''],
  ])('says where %#', (given, expected) => expect(placeText(given)).toBe(expected));
});
