import type { BlobInfo } from '#blob-store';

/** Bytes of all caches of one repository, and of all repositories. */
export type CacheCeilings = Readonly<{ repoBytes: number; allBytes: number }>;

/** A cache begins with this in its key, then its repository; what tells that it was used has the same rest. */
export const CACHE = 'cache/';
export const USED = 'used/';

/**
 * The keys of the caches that must go so that both ceilings hold, those first that were not used for longest. `marks`: when
 * caches were last restored; one without a mark was last used when it was written.
 */
export const evictions = (
  caches: readonly BlobInfo[],
  marks: readonly BlobInfo[],
  repo: string,
  { repoBytes, allBytes }: CacheCeilings,
): string[] => {
  const marked = new Map(marks.map(({ key, at }) => [key.slice(USED.length), at]));
  const lastUse = ({ key, at }: BlobInfo): string => {
    const mark = marked.get(key.slice(CACHE.length)) ?? '';
    return mark > at ? mark : at;
  };
  const oldestFirst = [...caches].sort((a, b) => (lastUse(a) < lastUse(b) ? -1 : 1));
  const gone = new Set<string>();
  const reduce = (from: readonly BlobInfo[], ceiling: number): void => {
    const left = from.filter(({ key }) => !gone.has(key));
    let bytes = left.reduce((sum, { size }) => sum + size, 0);
    for (const { key, size } of left) {
      if (bytes <= ceiling) return;
      gone.add(key);
      bytes -= size;
    }
  };
  reduce(
    oldestFirst.filter(({ key }) => key.startsWith(`${CACHE}${repo}/`)),
    repoBytes,
  );
  reduce(oldestFirst, allBytes);
  return [...gone];
};
