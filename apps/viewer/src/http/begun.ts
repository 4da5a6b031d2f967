async function* continued<T>(first: Promise<IteratorResult<T>>, items: AsyncIterator<T>): AsyncGenerator<T> {
  let next = first;
  try {
    for (;;) {
      const result = await next;
      if (result.done) return;
      yield result.value;
      next = items.next();
    }
  } finally {
    void items.return?.().catch(() => undefined); // it may wait for something: whoever aborts it frees it
  }
}

/**
 * The items, once the first of them is there or `ready` has settled. What fails before is thrown: it can still be answered
 * as an error.
 */
export const begun = async <T>(items: AsyncIterator<T>, ready: Promise<void>): Promise<AsyncGenerator<T>> => {
  const first = items.next();
  await Promise.race([first, ready]);
  return continued(first, items);
};
