import fc from 'fast-check';
import { sequenceWith } from './sequence-with.js';

describe('the sequence of a chunk', () => {
  const searched = async (chunks: readonly number[], wanted: number, end: number) => {
    let looks = 0;
    const left = async (sequence: number): Promise<number> => {
      looks += 1;
      return chunks.filter((chunk) => chunk >= sequence).length;
    };
    return { found: await sequenceWith(wanted, end, left), looks };
  };

  it('is known at the first look when the chunks lie together', async () =>
    expect(await searched([5, 6, 7, 8, 9], 3, 10)).toEqual({ found: 7, looks: 1 }));

  it('is not found when chunks are gone', async () => {
    expect((await searched([8, 9], 3, 10)).found).toBeUndefined();
    expect((await searched([], 1, 10)).found).toBeUndefined();
  });

  it('is found whatever lies between, in few looks', async () => {
    const places = fc.uniqueArray(fc.integer({ min: 1, max: 1e6 }), { minLength: 1, maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(places, fc.nat(), async (unordered, n) => {
        const chunks = [...unordered].sort((a, b) => a - b);
        const first = n % chunks.length;
        const { found, looks } = await searched(chunks, chunks.length - first, (chunks.at(-1) ?? 0) + 1);
        expect(chunks.find((chunk) => chunk >= (found ?? 0))).toBe(chunks[first]);
        expect(looks).toBeLessThanOrEqual(22);
      }),
    );
  });
});
