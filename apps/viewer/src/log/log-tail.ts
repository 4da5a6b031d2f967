import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Inject, Injectable } from '@nestjs/common';
import { StreamUnavailable } from '#errors';
import { newlinesOf, subjects, type LogAddress, type LogChunk } from '#events';
import { follow, MessagePublisher, NATS } from '#jetstream';

const STREAM = 'LOGS';
/** Chunks that are fetched ahead for a reader; one has at most a quarter of a mebibyte. */
const AHEAD = 16;
const ANSWER_MS = 2_000;

type StoredChunk = Readonly<{ sequence: number; chunk: LogChunk }>;

const endOf = ({ offset, bytes }: LogChunk): number => offset + bytes;
const subjectOf = ({ buildId, jobId, attempt, step }: LogAddress): string =>
  subjects.logs(buildId, jobId, attempt, step);

/** The chunks of one step in order; the first stays at the head until it is dropped. */
export class StepTail {
  private pending: Promise<LogChunk | undefined> | undefined;

  constructor(
    private readonly chunks: AsyncGenerator<LogChunk>,
    private readonly signal: AbortSignal,
  ) {}

  /** The same promise until `drop`; undefined once the signal was aborted. */
  head(): Promise<LogChunk | undefined> {
    this.pending ??= this.pull();
    return this.pending;
  }

  drop(): void {
    this.pending = undefined;
  }

  private async pull(): Promise<LogChunk | undefined> {
    const { value, done } = await this.chunks.next();
    if (!done) return value;
    if (this.signal.aborted) return undefined;
    throw new StreamUnavailable(`${STREAM}: the connection was closed`);
  }
}

/** The stream of chunks: what the log store may not hold yet. All methods @throws StreamUnavailable */
@Injectable()
export class LogTail {
  constructor(
    @Inject(NATS) private readonly nc: NatsConnection,
    @Inject(MessagePublisher) private readonly publisher: MessagePublisher,
  ) {}

  async check(): Promise<void> {
    await this.ask((jsm) => jsm.streams.info(STREAM));
  }

  /** How far the stream knows a step; all zero when it holds nothing of it. */
  async known(address: LogAddress): Promise<Readonly<{ bytes: number; lines: number }>> {
    const last = await this.chunkAt({ last_by_subj: subjectOf(address) });
    if (!last) return { bytes: 0, lines: 0 };
    return { bytes: endOf(last.chunk), lines: last.chunk.from - 1 + newlinesOf(last.chunk.lines) };
  }

  /**
   * The chunks of a step from the one that holds byte `offset` on, live. Of what is published after this settled nothing is
   * missed. Steps have no order among each other here: services print beside the steps.
   */
  async open(step: LogAddress, offset: number, signal: AbortSignal): Promise<StepTail> {
    const sequence = await this.sequenceOf(step, offset);
    return new StepTail(this.chunks(step, sequence, signal), signal);
  }

  private async *chunks(step: LogAddress, from: number, signal: AbortSignal): AsyncGenerator<LogChunk> {
    const options = { stream: STREAM, subject: subjectOf(step), from, signal, batch: AHEAD };
    for await (const { payload } of follow(this.nc, this.publisher.blobs, options)) {
      const chunk = chunkOf(payload);
      if (chunk) yield chunk;
    }
  }

  private async sequenceOf(step: LogAddress, offset: number): Promise<number> {
    const { last_seq } = await this.ask(async (jsm) => (await jsm.streams.info(STREAM)).state);
    const subject = subjectOf(step);
    const first = await this.chunkAt({ seq: 1, next_by_subj: subject });
    if (!first) return last_seq + 1;
    return endOf(first.chunk) > offset ? first.sequence : this.search(subject, first, offset);
  }

  /** The last chunk that begins at or before the byte. */
  private async search(subject: string, first: StoredChunk, offset: number): Promise<number> {
    const last = await this.chunkAt({ last_by_subj: subject });
    if (!last || endOf(last.chunk) <= offset) return (last ?? first).sequence + 1;
    let low = first.sequence;
    let high = last.sequence + 1;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      const next = await this.chunkAt({ seq: middle, next_by_subj: subject });
      if (next && next.sequence < high && next.chunk.offset <= offset) low = next.sequence;
      else high = middle;
    }
    return low;
  }

  private chunkAt(query: Parameters<JetStreamManager['direct']['getMessage']>[1]): Promise<StoredChunk | undefined> {
    return this.ask(async (jsm) => {
      const message = await jsm.direct.getMessage(STREAM, query);
      const chunk = message && chunkOf(message.data);
      return chunk ? { sequence: message.seq, chunk } : undefined;
    });
  }

  private async ask<T>(question: (jsm: JetStreamManager) => Promise<T>): Promise<T> {
    try {
      return await question(await jetstreamManager(this.nc, { checkAPI: false, timeout: ANSWER_MS }));
    } catch (cause) {
      throw new StreamUnavailable(`read of ${STREAM}`, { cause });
    }
  }
}

/** Undefined for what is no chunk: its readers then miss bytes, and say so. */
const chunkOf = (payload: Uint8Array): LogChunk | undefined => {
  try {
    const chunk = JSON.parse(Buffer.from(payload).toString('utf8')) as LogChunk | null;
    return Array.isArray(chunk?.lines) ? chunk : undefined;
  } catch {
    return undefined;
  }
};
