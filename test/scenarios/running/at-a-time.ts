/** Runs work for each, so many at a time, in order; every result is there at once, to be waited for. */
export const atATime = <Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item, index: number) => Promise<Result>,
): readonly Promise<Result>[] => {
  const waiting: (() => void)[] = [];
  let running = 0;
  return items.map(async (item, index) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await work(item, index);
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  });
};
