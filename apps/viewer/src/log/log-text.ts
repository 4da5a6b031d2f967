import { LogStoreUnavailable } from '#errors';
import { bytesOfPiece } from '#events';
import type { AttemptReading } from './attempt-reading.js';

/**
 * The bytes of one step or service, or of all steps one after another, exactly as they were written; `follow`: until the attempt is over.
 * @throws LogStoreUnavailable when something of it is missing, also after some of it was yielded · StreamUnavailable
 */
export async function* logText(
  reading: AttemptReading,
  only: number | undefined,
  live: boolean,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let index = only ?? 0;
  while (!signal.aborted) {
    const change = reading.changed();
    const { over } = reading.attempt();
    const next = reading.from(index, only);
    if (only !== undefined && index > only) return;
    if (!next) {
      if (over || !live) return;
      await change;
      continue;
    }
    index = next.index;
    for await (const part of reading.read(index, {}, live))
      if (part.kind === 'lines' && part.lines.length > 0)
        yield Buffer.concat(part.lines.map(({ piece }) => bytesOfPiece(piece)));
    if (!signal.aborted && !reading.complete && reading.step(index)?.finishedAt != null)
      throw new LogStoreUnavailable(`a part of the log of step ${index} is missing`);
    index += 1;
  }
}
