import type { NumberedPiece } from '#log-store';

/** A line as the API says it, or a part of one (`c`: it goes on in the next). Bytes that are no UTF-8 are replaced. */
export type LogLine = Readonly<{ n: number; t: number; x: string; c?: 1 }>;

export const logLine = ({ n, piece }: NumberedPiece): LogLine => ({
  n,
  t: piece.t,
  x: 'x' in piece ? piece.x : Buffer.from(piece.b, 'base64').toString('utf8'),
  ...(piece.c ? { c: 1 as const } : {}),
});
