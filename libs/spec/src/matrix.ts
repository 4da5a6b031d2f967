/** Axis → value, as the file writes it. */
export type Cell = ReadonlyMap<string, string>;

export type MatrixSpec = Readonly<{
  /** One job each; never empty. */
  cells: readonly Cell[];
  /** Every name that a cell may have. */
  names: ReadonlySet<string>;
  failFast?: true;
  maxParallel?: number;
}>;

/** What a matrix is made from. */
export type Axes = ReadonlyMap<string, readonly string[]>;

/** Index of an entry of `exclude` or `include` that does nothing. */
export type Idle = readonly number[];
export type Expansion = Readonly<{ cells: readonly Cell[]; excludesNothing: Idle; includesNothing: Idle }>;

/** How many combinations the axes have, before anything is excluded. */
export const combinationsOf = (axes: Axes): number =>
  axes.size === 0 ? 0 : [...axes.values()].reduce((count, values) => count * values.length, 1);

const product = (axes: Axes): Cell[] => {
  let cells: Map<string, string>[] = axes.size === 0 ? [] : [new Map()];
  for (const [name, values] of axes)
    cells = cells.flatMap((cell) => values.map((value) => new Map([...cell, [name, value]])));
  return cells;
};

const matches = (cell: Cell, entry: Cell): boolean => {
  for (const [name, value] of entry) if (cell.get(name) !== value) return false;
  return true;
};

/** The same for cells of the same values, in whatever order. */
const keyOf = (cell: Cell): string => JSON.stringify([...cell].sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * The cells, the first axis changing slowest. `exclude` takes away combinations that have all its values. Then each entry of
 * `include` puts its further values into every combination that is left and has its values for the axes; when there is
 * none, it is a cell of its own. Later entries may overwrite what earlier ones put in, and never the value of an axis; a
 * cell that an entry made is not looked at by the others.
 */
export const expand = (axes: Axes, exclude: readonly Cell[], include: readonly Cell[]): Expansion => {
  let combinations = product(axes);
  const excludesNothing: number[] = [];
  exclude.forEach((entry, index) => {
    const left = combinations.filter((cell) => !matches(cell, entry));
    if (left.length === combinations.length) excludesNothing.push(index);
    combinations = left;
  });
  const cells = combinations.map((cell) => new Map(cell));
  const own = new Map<string, Cell>();
  const includesNothing: number[] = [];
  include.forEach((entry, index) => {
    const onAxes = new Map([...entry].filter(([name]) => axes.has(name)));
    const extended = cells.filter((_, n) => matches(combinations[n] as Cell, onAxes));
    if (extended.length > 0 && onAxes.size < entry.size)
      for (const cell of extended) for (const [name, value] of entry) cell.set(name, value);
    else if (extended.length > 0 || own.has(keyOf(entry))) includesNothing.push(index);
    else own.set(keyOf(entry), entry);
  });
  return { cells: [...cells, ...own.values()], excludesNothing, includesNothing };
};
