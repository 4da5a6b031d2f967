const WIDTH = 32;

/**
 * A list of a fixed length that never changes. Its versions share what they have in common: to change one row copies the
 * rows beside it and the list of such blocks, not all of them.
 */
export class Rows<T> {
  readonly #blocks: readonly (readonly T[])[];

  private constructor(
    readonly length: number,
    blocks: readonly (readonly T[])[],
  ) {
    this.#blocks = blocks;
  }

  static of<T>(items: readonly T[]): Rows<T> {
    const blocks = Array.from({ length: Math.ceil(items.length / WIDTH) }, (_, n) =>
      items.slice(n * WIDTH, (n + 1) * WIDTH),
    );
    return new Rows(items.length, blocks);
  }

  at(index: number): T | undefined {
    return this.#blocks[Math.floor(index / WIDTH)]?.[index % WIDTH];
  }

  /** With other values in these places, which must be there. */
  with(changes: ReadonlyMap<number, T>): Rows<T> {
    if (changes.size === 0) return this;
    const blocks = [...this.#blocks];
    const own = new Map<number, T[]>();
    for (const [index, value] of changes) {
      const n = Math.floor(index / WIDTH);
      const block = own.get(n) ?? [...(blocks[n] ?? [])];
      block[index % WIDTH] = value;
      own.set(n, block);
      blocks[n] = block;
    }
    return new Rows(this.length, blocks);
  }

  *[Symbol.iterator](): Generator<T> {
    for (const block of this.#blocks) yield* block;
  }

  /** The first place from there on whose value fits; undefined: none does. */
  next(from: number, fits: (value: T) => boolean): number | undefined {
    for (let place = from; place < this.length; place += 1) {
      const block = this.#blocks[Math.floor(place / WIDTH)] ?? [];
      const index = block.findIndex((value, at) => at >= place % WIDTH && fits(value));
      if (index >= 0) return place - (place % WIDTH) + index;
      place += WIDTH - 1 - (place % WIDTH);
    }
    return undefined;
  }
}
