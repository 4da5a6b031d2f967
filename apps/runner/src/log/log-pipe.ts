import { OutputLost } from '#errors';
import type { LogChunk } from '#events';
import { CHUNK_BYTES, Chunker, MAX_CHUNK_BYTES } from './chunker.js';
import { isDue, msToFlush } from './flush-policy.js';
import { LineSplitter } from './line-splitter.js';
import { type LogPosition, type LogTotals, resumeAfter, totalsAt } from './log-position.js';
import { WakeUp } from './wake-up.js';

export type PumpOptions = Readonly<{
  /** Called for one chunk after the other, never for two at once. */
  publish: (chunk: LogChunk) => Promise<void>;
  /** What was published before of the same output, which begins at its first byte again. See `resumeAfter`. */
  resumeFrom?: LogPosition;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Stops at once; what is not published yet is not published any more. */
  signal?: AbortSignal;
}>;

/** Reads no more at a time than fits beside what already waits. */
const SLICE = CHUNK_BYTES;

class LogPump {
  readonly #splitter = new LineSplitter();
  readonly #chunker: Chunker;
  readonly #arrived = new WakeUp();
  readonly #room = new WakeUp();
  readonly #published: number;
  #lastPublishedAt = -Infinity;
  #seen = 0;
  #ended = false;
  #stopped = false;
  #failure: { cause: unknown } | undefined;

  constructor(
    private readonly output: AsyncIterator<Buffer>,
    private readonly options: PumpOptions,
  ) {
    const position = options.resumeFrom ?? resumeAfter(undefined);
    this.#chunker = new Chunker(position);
    this.#published = position.bytes;
  }

  async run(): Promise<LogTotals> {
    void this.read();
    try {
      await this.publishAll();
    } finally {
      this.stop();
    }
    if (this.#failure) throw this.#failure.cause;
    return totalsAt(this.#chunker.position);
  }

  stop(): void {
    this.#stopped = true;
    this.#room.wake();
    this.#arrived.wake();
    // Not awaited: an iterator that waits for its source answers only when the source does.
    if (!this.#ended) Promise.resolve(this.output.return?.()).catch(() => undefined);
  }

  /** Never rejects: what was read before the source failed is published first. */
  private async read(): Promise<void> {
    try {
      for (let next = await this.output.next(); !next.done; next = await this.output.next()) {
        await this.accept(next.value);
        if (this.#stopped) return;
      }
      if (this.#seen < this.#published) throw new OutputLost(this.#published, this.#seen);
    } catch (cause) {
      this.#failure = { cause };
    }
    this.#ended = true;
    this.#arrived.wake();
  }

  /** Settles when there is room for more. */
  private async accept(bytes: Buffer): Promise<void> {
    const known = Math.min(bytes.length, Math.max(0, this.#published - this.#seen));
    this.#seen += bytes.length;
    for (let start = known; start < bytes.length && !this.#stopped; start += SLICE) {
      this.#chunker.add(this.#splitter.push(bytes.subarray(start, start + SLICE), this.options.now()));
      this.#arrived.wake();
      while (this.#chunker.isFull && !this.#stopped) await this.#room.wait();
    }
  }

  private async publishAll(): Promise<void> {
    let behind = false;
    while (!this.#stopped) {
      const ms = this.msToFlush();
      const chunk = ms === 0 ? this.take(behind ? MAX_CHUNK_BYTES : CHUNK_BYTES) : undefined;
      if (chunk) {
        this.#room.wake();
        await this.options.publish(chunk);
        this.#lastPublishedAt = this.options.now();
        behind = this.#chunker.hasChunk;
      } else if (this.#ended) {
        return;
      } else {
        // Nothing to take although it is time: the first bytes of a character, which only more bytes can complete.
        await this.#arrived.wait(ms === 0 ? undefined : ms);
      }
    }
  }

  /** Undefined when nothing waits. */
  private msToFlush(): number | undefined {
    const since = this.#chunker.since ?? this.#splitter.since;
    if (since === undefined) return undefined;
    const waiting = {
      since,
      lines: !this.#chunker.isEmpty,
      chunk: this.#chunker.hasChunk,
      lastPublishedAt: this.#lastPublishedAt,
      ended: this.#ended,
    };
    return msToFlush(waiting, this.options.now());
  }

  private take(maxBytes: number): LogChunk | undefined {
    const since = this.#splitter.since;
    if (this.#ended) this.#chunker.add(this.#splitter.end());
    else if (since !== undefined && isDue(since, this.options.now())) this.#chunker.add(this.#splitter.flush());
    return this.#chunker.take(maxBytes);
  }
}

/**
 * Publishes a step's output as it comes: exact, in order, with at most one chunk under way and one being filled; the
 * source is not read while that one is full.
 * @returns what the whole log amounts to, with what was published before.
 * @throws what `publish` threw, at once · what the source threw, after all that it gave was published · the reason of
 *   `signal` · OutputLost when the output is shorter than what was published before.
 */
export const pumpLog = async (output: AsyncIterable<Buffer>, options: PumpOptions): Promise<LogTotals> => {
  const { signal } = options;
  signal?.throwIfAborted();
  const pump = new LogPump(output[Symbol.asyncIterator](), options);
  if (!signal) return pump.run();
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      pump.stop();
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([aborted, pump.run()]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};
