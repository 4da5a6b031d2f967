import type { NatsConnection } from '@nats-io/transport-node';
import { AppendConflict, AttemptSuperseded } from '#errors';
import { subjects, type LogChunk } from '#events';
import { lastMessage, type MessagePublisher } from '#jetstream';
import { untilDone } from './retry.js';

/** The last chunk on a step's subject, with its sequence; sequence 0: there is none. */
type Last = Readonly<{ sequence: number; chunk?: LogChunk }>;

/**
 * Publishes the chunks of one step with the exact subject's revision: nobody but the holder of the attempt can write, and
 * a chunk whose first try was stored without an answer is not written twice.
 */
export class ChunkPublisher {
  private revision = 0;

  constructor(
    private readonly nc: NatsConnection,
    private readonly publisher: MessagePublisher,
    private readonly step: Readonly<{ buildId: string; jobId: string; attempt: number; step: number }>,
    private readonly signal: AbortSignal,
  ) {}

  /** What an earlier process of this runner published last. */
  async resume(): Promise<LogChunk | undefined> {
    const last = await untilDone(() => this.last(), this.signal);
    this.revision = last.sequence;
    return last.chunk;
  }

  /** Settles when the chunk is stored, however long that takes: the step waits. @throws AttemptSuperseded */
  async publish(chunk: LogChunk): Promise<void> {
    const payload = JSON.stringify(chunk);
    let isFirstTry = true;
    await untilDone(async () => {
      if (!isFirstTry && (await this.isStored(chunk))) return;
      isFirstTry = false;
      try {
        const ack = await this.publisher.publish(this.subject, payload, { expectedRevision: this.revision });
        this.revision = ack.seq;
      } catch (error) {
        if (!(error instanceof AppendConflict)) throw error;
        if (!(await this.isStored(chunk))) throw new AttemptSuperseded(this.step.jobId, this.step.attempt);
      }
    }, this.signal);
  }

  private get subject(): string {
    const { buildId, jobId, attempt, step } = this.step;
    return subjects.logs(buildId, jobId, attempt, step);
  }

  private async isStored(chunk: LogChunk): Promise<boolean> {
    const last = await this.last();
    if (last.chunk?.offset !== chunk.offset || last.chunk.chain !== chunk.chain) return false;
    this.revision = last.sequence;
    return true;
  }

  private async last(): Promise<Last> {
    const message = await lastMessage(this.nc, 'LOGS', this.subject);
    return message ? { sequence: message.seq, chunk: message.json<LogChunk>() } : { sequence: 0 };
  }
}
