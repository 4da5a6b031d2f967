/** Code points from `first` to `last`. */
export type Range = readonly [first: number, last: number];

/** What stands for one character, or for any number of them. `one` and `class` never match a `/`. */
export type Token =
  | Readonly<{ kind: 'char'; char: string }>
  | Readonly<{ kind: 'one' }>
  | Readonly<{ kind: 'class'; ranges: readonly Range[]; negated: boolean }>
  | Readonly<{ kind: 'star' }>;

/** A pattern as written: `{a,b}` is a choice between sequences. */
export type Node = Token | Readonly<{ kind: 'choice'; of: readonly (readonly Node[])[] }>;
