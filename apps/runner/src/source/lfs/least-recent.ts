export type StoredObject = Readonly<{ repo: string; path: string; size: number; usedMs: number }>;

/** Those that were not used for longest, as many as must go so that the others are within the limit. */
export const leastRecent = (objects: readonly StoredObject[], limit: number): readonly StoredObject[] => {
  let bytes = objects.reduce((sum, { size }) => sum + size, 0);
  return [...objects]
    .sort((a, b) => a.usedMs - b.usedMs)
    .filter(({ size }) => {
      const goes = bytes > limit;
      if (goes) bytes -= size;
      return goes;
    });
};
