import { pipeline, Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { FastifyReply } from 'fastify';

/** Bytes that may wait for a slow reader besides what the socket takes. */
const WAITING_BYTES = 256 * 1024;

/** Whether the client takes gzip: named, or everything is; and not with the weight of nothing. */
export const acceptsGzip = (headers: Readonly<Record<string, unknown>>): boolean => {
  const weights = new Map(
    String(headers['accept-encoding'] ?? '')
      .toLowerCase()
      .split(',')
      .map((part) => part.trim().split(/\s*;\s*q=/))
      .map(([coding = '', weight = '1']) => [coding, Number(weight)]),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
};

/** Answers with text as it comes, pulled by the reader. `live`: what has come is sent at once, also in gzip. */
export const sendText = (
  reply: FastifyReply,
  bytes: AsyncGenerator<Buffer>,
  { gzip, live }: Readonly<{ gzip: boolean; live: boolean }>,
): void => {
  const plain = Readable.from(bytes, { objectMode: false, highWaterMark: WAITING_BYTES });
  void reply.headers({
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    vary: 'accept-encoding',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
  });
  if (!gzip) return void reply.send(plain);
  const packed = createGzip({
    level: constants.Z_BEST_SPEED,
    flush: live ? constants.Z_SYNC_FLUSH : constants.Z_NO_FLUSH,
  });
  pipeline(plain, packed, () => undefined); // what breaks off tears the answer, as it must
  return void reply.send(packed);
};
