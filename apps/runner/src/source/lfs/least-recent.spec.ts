import { leastRecent } from './least-recent.js';

const kept = [30, 10, 20].map((usedMs) => ({ repo: 'r', path: `p${usedMs}`, size: usedMs, usedMs }));

describe('what makes room', () => {
  it.each([
    [60, []],
    [59, ['p10']],
    [30, ['p10', 'p20']],
    [0, ['p10', 'p20', 'p30']],
  ])('for a limit of %i is what was not used for longest', (limit, paths) =>
    expect(leastRecent(kept, limit).map(({ path }) => path)).toEqual(paths),
  );
});
