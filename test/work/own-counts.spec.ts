import { countsOfNode, countsOfPytest } from './own-counts.js';

describe('the counts that runners print', () => {
  it.each([
    ['2562 passed, 98 skipped, 2 warnings in 21.54s', { passed: 2562, failed: 0, skipped: 98 }],
    ['== 1 failed, 3 passed, 2 errors, 4 xfailed, 1 xpassed in 0.10s ==', { passed: 4, failed: 3, skipped: 4 }],
    ['FAILED a.py::b\n1 error in 0.1s\n1 failed, 1 error in 61.20s (0:01:01)\n', { passed: 0, failed: 2, skipped: 0 }],
  ])('are read from what pytest says: %s', (log, counts) => expect(countsOfPytest(log)).toEqual(counts));

  it('are read from what node says', () =>
    expect(
      countsOfNode(
        'ℹ tests 9\nℹ suites 1\nℹ pass 4\nℹ fail 1\nℹ cancelled 1\nℹ skipped 2\nℹ todo 1\nℹ duration_ms 5\n',
      ),
    ).toEqual({ passed: 4, failed: 2, skipped: 3 }));

  it('are not made up', () => {
    expect(() => countsOfPytest('no tests ran\n')).toThrow('pytest printed no totals');
    expect(() => countsOfNode('ℹ pass 4\n')).toThrow('node printed no totals');
  });
});
