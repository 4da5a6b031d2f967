type UnderWay = { readonly first: Promise<unknown>; next?: Promise<unknown> };

/**
 * Reads of the same thing that are asked for at the same time. Who asks while one is under way shares the next with all
 * who asked meanwhile: it begins after they did, so that everybody sees what was there when they asked.
 */
export class SharedReads {
  readonly #underWay = new Map<string, UnderWay>();

  read<T>(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#underWay.get(key);
    if (!known) return this.begin(key, work);
    known.next ??= known.first.then(
      () => this.begin(key, work),
      () => this.begin(key, work),
    );
    return known.next as Promise<T>;
  }

  private begin<T>(key: string, work: () => Promise<T>): Promise<T> {
    const first = work();
    const underWay: UnderWay = { first };
    this.#underWay.set(key, underWay);
    const end = (): void => {
      if (underWay.next === undefined) this.#underWay.delete(key);
    };
    first.then(end, end);
    return first;
  }
}
