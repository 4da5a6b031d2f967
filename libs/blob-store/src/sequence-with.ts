/**
 * A sequence below `end` from which on `wanted` messages of a kind are left; undefined when there is none. `left`: how many
 * are left from a sequence on. It begins where it must be when nothing else was written between them, as is usual.
 */
export const sequenceWith = async (
  wanted: number,
  end: number,
  left: (sequence: number) => Promise<number>,
): Promise<number | undefined> => {
  let [low, high] = [1, end - wanted];
  let at = high;
  while (low <= high) {
    const found = await left(at);
    if (found === wanted) return at;
    // Each message has a sequence of its own.
    if (found < wanted) high = at - (wanted - found);
    else low = at + (found - wanted);
    at = Math.floor((low + high) / 2);
  }
  return undefined;
};
