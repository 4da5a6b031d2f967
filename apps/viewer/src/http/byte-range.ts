import type { ByteRange } from '#blob-store';

export type RangeHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const ONE_RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/i;

/**
 * The part of `size` bytes that a request wants, by RFC 9110. Undefined: all of it, also where several parts are asked for,
 * or where the client has a part of something else (`If-Range`). `none`: there is no such part.
 */
export const byteRange = (headers: RangeHeaders, size: number, etag: string): ByteRange | 'none' | undefined => {
  const { range, 'if-range': condition } = headers;
  const [, first = '', last = ''] = (typeof range === 'string' && ONE_RANGE.exec(range.trim())) || [];
  if (first === '' && last === '') return undefined;
  if (condition !== undefined && condition !== etag) return undefined;
  const [from, to] =
    first === ''
      ? [Math.max(0, size - Number(last)), size - 1]
      : [Number(first), last === '' ? size - 1 : Number(last)];
  if (last !== '' && first !== '' && to < from) return undefined; // no range at all, so it does not count
  return from >= size || to < from ? 'none' : { from, to: Math.min(to, size - 1) };
};
