import type { NoticeBoard } from '../read-model/notice-board.js';
import type { SseEvent } from './sse.js';

/**
 * What changes, as server-sent events from now on, or from the id after which a client wants to go on. `reset`: something
 * was missed, everything must be asked for again.
 */
export async function* noticeEvents(
  board: NoticeBoard,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<SseEvent> {
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  const given = lastId !== undefined && /^\d{1,15}$/.test(lastId) ? Number(lastId) : undefined;
  let seen = lastId === undefined ? board.position : (given ?? -1);
  while (!signal.aborted) {
    const change = board.changed();
    const notices = board.after(seen);
    if (notices === undefined) {
      seen = board.position;
      yield { event: 'reset', data: {}, id: String(seen) };
      continue;
    }
    const [first] = notices;
    if (!first) {
      await Promise.race([change, aborted]);
      continue;
    }
    // One at a time: what is kept may go on while a slow reader takes this one.
    seen = first.data.seq;
    yield { event: first.kind, data: first.data, id: String(seen) };
  }
}
