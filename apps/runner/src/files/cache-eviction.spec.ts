import fc from 'fast-check';
import type { BlobInfo } from '#blob-store';
import { evictions } from './cache-eviction.js';

const cache = (key: string, size: number, day: number): BlobInfo => ({
  ...{ key: `cache/${key}`, size },
  at: `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`,
});
const used = (key: string, day: number): BlobInfo => ({ ...cache(key, 0, day), key: `used/${key}` });
const ROOMY = { repoBytes: 1000, allBytes: 1000 };

describe('which caches go', () => {
  const caches = [cache('a/old', 10, 1), cache('a/new', 10, 3), cache('b/old', 10, 2), cache('ab/x', 10, 1)];

  it('is none as long as there is room', () => expect(evictions(caches, [], 'a', ROOMY)).toEqual([]));

  it("is the repository's oldest, when it has too much", () =>
    expect(evictions(caches, [], 'a', { ...ROOMY, repoBytes: 19 })).toEqual(['cache/a/old']));

  it('is one that was written later, when the older one was used', () =>
    expect(evictions(caches, [used('a/old', 5)], 'a', { ...ROOMY, repoBytes: 10 })).toEqual(['cache/a/new']));

  it('is the oldest of all, when all have too much', () =>
    expect(evictions(caches, [used('a/old', 4), used('ab/x', 9)], 'a', { ...ROOMY, allBytes: 25 })).toEqual([
      'cache/b/old',
      'cache/a/new',
    ]));

  it('leaves no more than is allowed, and takes no more than it must', () => {
    const some = fc.uniqueArray(
      fc.record({
        repo: fc.constantFrom('a', 'b'),
        name: fc.nat(),
        size: fc.nat(50),
        day: fc.integer({ min: 1, max: 28 }),
      }),
      { selector: ({ repo, name }) => `${repo}/${name}` },
    );
    fc.assert(
      fc.property(some, fc.nat(300), fc.nat(300), (made, repoBytes, allBytes) => {
        const all = made.map(({ repo, name, size, day }) => cache(`${repo}/${name}`, size, day));
        const gone = evictions(all, [], 'a', { repoBytes, allBytes });
        const left = all.filter(({ key }) => !gone.includes(key));
        const bytes = (list: readonly BlobInfo[]): number => list.reduce((sum, { size }) => sum + size, 0);
        const own = (list: readonly BlobInfo[]): BlobInfo[] => list.filter(({ key }) => key.startsWith('cache/a/'));
        expect(bytes(own(left))).toBeLessThanOrEqual(repoBytes);
        expect(bytes(left)).toBeLessThanOrEqual(allBytes);
        if (bytes(own(all)) <= repoBytes && bytes(all) <= allBytes) expect(gone).toEqual([]);
      }),
    );
  });
});
