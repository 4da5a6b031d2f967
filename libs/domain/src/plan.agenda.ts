/** Groups that are to be looked at with some of their cells: the first in the plan is always the next. */
export class Agenda {
  readonly #cells = new Map<number, number[]>();
  /** Descending: the next is the last. */
  readonly #order: number[] = [];

  add(group: number, cells: Iterable<number>): void {
    const known = this.#cells.get(group) ?? this.insert(group);
    for (const cell of cells) known.push(cell);
  }

  next(): readonly [group: number, cells: readonly number[]] | undefined {
    const group = this.#order.pop();
    if (group === undefined) return undefined;
    const cells = this.#cells.get(group) ?? [];
    this.#cells.delete(group);
    return [group, cells];
  }

  private insert(group: number): number[] {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#order[middle] ?? 0) > group) low = middle + 1;
      else high = middle;
    }
    this.#order.splice(low, 0, group);
    const cells: number[] = [];
    this.#cells.set(group, cells);
    return cells;
  }
}
