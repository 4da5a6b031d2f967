import { Together } from './together.js';

/** Rounds that end when they are told to. */
const rounds = () => {
  const begun: { key: string; items: readonly string[]; end: () => void; fail: () => void }[] = [];
  const together = new Together<string>(
    (key, items) =>
      new Promise((resolve, reject) => {
        begun.push({ key, items: [...items], end: resolve, fail: () => reject(new Error(items.join())) });
      }),
  );
  return { together, begun };
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('together', () => {
  it('begins at once what comes alone', async () => {
    const { together, begun } = rounds();
    const done = together.do('a', '1');
    expect(begun).toMatchObject([{ key: 'a', items: ['1'] }]);
    begun[0]?.end();
    await done;
    void together.do('a', '2');
    expect(begun[1]).toMatchObject({ key: 'a', items: ['2'] });
  });

  it('does what comes meanwhile in one round, after the one under way, and each key by itself', async () => {
    const { together, begun } = rounds();
    const all = ['1', '2', '3'].map((item) => together.do('a', item));
    const other = together.do('b', 'x');
    expect(begun).toMatchObject([{ items: ['1'] }, { key: 'b', items: ['x'] }]);
    begun[1]?.end();
    await other;
    expect(begun).toHaveLength(2);
    begun[0]?.end();
    await all[0];
    await turn();
    expect(begun[2]).toMatchObject({ key: 'a', items: ['2', '3'] });
    const late = together.do('a', '4');
    begun[2]?.end();
    await Promise.all(all);
    await turn();
    expect(begun[3]).toMatchObject({ items: ['4'] });
    begun[3]?.end();
    await late;
  });

  it('tells a failure to those who were in the round, and goes on', async () => {
    const { together, begun } = rounds();
    const [first, second, third] = ['1', '2', '3'].map((item) => together.do('a', item));
    begun[0]?.fail();
    await expect(first).rejects.toThrow('1');
    await turn();
    begun[1]?.fail();
    await expect(second).rejects.toThrow('2,3');
    await expect(third).rejects.toThrow('2,3');
    const again = together.do('a', '2');
    begun[2]?.end();
    await again;
  });
});
