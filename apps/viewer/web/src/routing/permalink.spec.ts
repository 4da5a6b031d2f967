import { permalink, targetOf } from './permalink.js';

describe('permalinks', () => {
  it.each([{ step: 0 }, { step: 2, line: 14 }, { step: 12, line: 1_000_000 }])('come back: %j', (target) =>
    expect(targetOf(permalink(target))).toEqual(target),
  );
  it.each(['', '#', '#s', '#s1-L0', '#s1-L', '#sx-L1', '#s1-L1-L2', '#main'])('do not know %s', (hash) =>
    expect(targetOf(hash)).toBeUndefined(),
  );
});
