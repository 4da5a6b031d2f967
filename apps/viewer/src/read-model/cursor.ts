import { BadRequestException } from '@nestjs/common';

/** Where a page of a list ended: opaque for clients, and stable when rows are added. */
export type CursorKey = readonly (string | number)[];

export const encodeCursor = (key: CursorKey): string => Buffer.from(JSON.stringify(key), 'utf8').toString('base64url');

/** The key in a cursor whose parts have these types. @throws BadRequestException for anything that is not one */
export const decodeCursor = (cursor: string, types: readonly ('string' | 'number')[]): CursorKey => {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(key) && key.length === types.length && types.every((type, at) => typeof key[at] === type))
      return key as CursorKey;
  } catch {
    // falls through: not JSON
  }
  throw new BadRequestException('cursor: take it from `next` of the page before, unchanged');
};
