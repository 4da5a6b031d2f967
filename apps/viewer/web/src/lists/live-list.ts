export type Identified = Readonly<{ id: string }>;

/**
 * A list, newest first, that others add to while it is read. `held` came in while it must not move; `next` is the cursor
 * of what is older than the last item. `replaces`: what is held does not reach down to what is shown.
 */
export type LiveList<T extends Identified> = Readonly<{
  shown: readonly T[];
  held: readonly T[];
  next: string | null;
  replaces: boolean;
}>;

type Page<T> = Readonly<{ items: readonly T[]; next: string | null }>;

export const emptyList = <T extends Identified>(): LiveList<T> => ({
  shown: [],
  held: [],
  next: null,
  replaces: false,
});

const byId = <T extends Identified>(items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [item.id, item]));

/** Puts newer versions in the places of the old ones. Items that are not in the list are left out. */
export const update = <T extends Identified>(list: LiveList<T>, items: readonly T[]): LiveList<T> => {
  const fresh = byId(items);
  const renew = (item: T): T => fresh.get(item.id) ?? item;
  return { ...list, shown: list.shown.map(renew), held: list.held.map(renew) };
};

/** Shows what was held. `next` is the cursor to go on from when all that was shown is replaced. */
export const release = <T extends Identified>(list: LiveList<T>): LiveList<T> => ({
  shown: list.replaces ? list.held : [...list.held, ...list.shown],
  held: [],
  next: list.next,
  replaces: false,
});

/**
 * Takes the first page as it is now: known items are renewed in place, new ones come on top, or are held when `hold`.
 * When so much is new that the page does not reach what is shown, there would be a hole: the page takes the list's place.
 */
export const mergeFirstPage = <T extends Identified>(list: LiveList<T>, page: Page<T>, hold: boolean): LiveList<T> => {
  if (list.shown.length === 0) return { shown: page.items, held: [], next: page.next, replaces: false };
  const shownIds = byId(list.shown);
  const renewed = update(list, page.items);
  const reaches = page.next === null || page.items.some(({ id }) => shownIds.has(id));
  const added = page.items.filter(({ id }) => !shownIds.has(id));
  const pageIds = byId(page.items);
  const merged: LiveList<T> = reaches
    ? { ...renewed, held: [...added, ...renewed.held.filter(({ id }) => !pageIds.has(id))] }
    : { ...renewed, held: page.items, next: page.next, replaces: true };
  return hold || merged.held.length === 0 ? merged : release(merged);
};

/** Adds what is older than the last item. */
export const appendOlder = <T extends Identified>(list: LiveList<T>, page: Page<T>): LiveList<T> => {
  const known = byId(list.shown);
  return { ...list, shown: [...list.shown, ...page.items.filter(({ id }) => !known.has(id))], next: page.next };
};
