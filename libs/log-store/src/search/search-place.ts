import { UnusableQuery } from '#errors';

/** Blocks and lines are looked through from the greatest down: where to go on is below this. */
export type SearchPlace = Readonly<{ block: number; line: number }>;

export const ABOVE_ALL = 1e15 - 1;

export const encodePlace = ({ block, line }: SearchPlace): string => `${block}.${line}`;

/** Above everything when nothing is given. @throws UnusableQuery when it is not one */
export const decodePlace = (after: string | undefined): SearchPlace => {
  if (after === undefined) return { block: ABOVE_ALL, line: ABOVE_ALL };
  const [, block, line] = /^(\d{1,15})\.(\d{1,15})$/.exec(after) ?? [];
  if (block === undefined) throw new UnusableQuery('where to go on is not from an earlier answer');
  return { block: Number(block), line: Number(line) };
};
