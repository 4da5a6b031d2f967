type Round<Item> = { readonly items: Item[]; readonly done: Promise<void> };
type UnderWay<Item> = { readonly first: Promise<void>; next?: Round<Item> };

/**
 * Work of one key, one round after another. What comes while a round is under way is done together in the next: who comes
 * alone does not wait, and of many each costs less.
 */
export class Together<Item> {
  readonly #underWay = new Map<string, UnderWay<Item>>();

  constructor(private readonly work: (key: string, items: readonly Item[]) => Promise<void>) {}

  /** Settles as the round does that the item was in; its failure is that of all its items, and of no others. */
  do(key: string, item: Item): Promise<void> {
    const known = this.#underWay.get(key);
    if (!known) return this.begin(key, [item]);
    known.next ??= this.after(key, known.first);
    known.next.items.push(item);
    return known.next.done;
  }

  private after(key: string, first: Promise<void>): Round<Item> {
    const items: Item[] = [];
    const begin = (): Promise<void> => this.begin(key, items);
    return { items, done: first.then(begin, begin) };
  }

  private begin(key: string, items: readonly Item[]): Promise<void> {
    const first = this.work(key, items);
    const underWay: UnderWay<Item> = { first };
    this.#underWay.set(key, underWay);
    const end = (): void => {
      if (underWay.next === undefined) this.#underWay.delete(key);
    };
    first.then(end, end);
    return first;
  }
}
