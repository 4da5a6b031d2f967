import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

export type SseEvent = Readonly<{ event: string; data: unknown; id?: string }>;

const HEARTBEAT_MS = 15_000;
/** Bytes that may wait for a slow reader besides what the socket takes. */
const WAITING_BYTES = 64 * 1024;

export const encodeSse = ({ event, data, id }: SseEvent): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;

/** The events as text, with a comment whenever nothing was sent for a while. Pulled: a slow reader only slows itself. */
async function* encoded(events: AsyncGenerator<SseEvent>): AsyncGenerator<string> {
  yield ': connected\n\n';
  let next = events.next();
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const beat = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), HEARTBEAT_MS)));
      const result = await Promise.race([next, beat]).finally(() => clearTimeout(timer));
      if (result === undefined) {
        yield ': still here\n\n';
        continue;
      }
      if (result.done) return;
      yield encodeSse(result.value);
      next = events.next();
    }
  } finally {
    void events.return(undefined).catch(() => undefined);
  }
}

/** Answers with the events as they come. */
export const sendEvents = (reply: FastifyReply, events: AsyncGenerator<SseEvent>): void => {
  void reply
    .headers({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    .send(Readable.from(encoded(events), { objectMode: false, highWaterMark: WAITING_BYTES }));
};

/** The id after which a client wants to go on. */
export const lastEventId = (headers: Readonly<Record<string, unknown>>): string | undefined => {
  const id = headers['last-event-id'];
  return typeof id === 'string' ? id : undefined;
};
