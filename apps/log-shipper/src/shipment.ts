import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Inject, Injectable } from '@nestjs/common';
import { logDecider } from '#domain';
import { LogGap, LogNotYetStored } from '#errors';
import { SYSTEM, subjects, type LogAddress, type LogChunk, type StepFinished } from '#events';
import { Aggregates, CLOCK, NATS, type Clock } from '#jetstream';
import type { LogStore } from '#log-store';
import { verifyStepLog } from './step-log.js';

export const LOG_STORE = Symbol('LogStore');

/** The last chunks of a step are mostly a moment behind its end. */
const LOOKS = 20;
const BETWEEN_LOOKS_MS = 25;
/** After this long what is missing is not on its way any more. */
const PATIENCE_MS = 10 * 60_000;

/** Brings chunks into the log store, and says what it holds in the end. */
@Injectable()
export class Shipment {
  constructor(
    private readonly aggregates: Aggregates,
    @Inject(LOG_STORE) private readonly logs: LogStore,
    @Inject(NATS) private readonly nc: NatsConnection,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  /** Settles when the store holds the chunk. @throws LogStoreUnavailable · LogGap when what came before is nowhere */
  async store(address: LogAddress, chunk: LogChunk): Promise<void> {
    try {
      await this.logs.append(address, [chunk]);
    } catch (error) {
      if (!(error instanceof LogGap)) throw error;
      await this.storeFromStart(address);
    }
  }

  /**
   * Compares the store with what the runner published, and records the finding.
   * @throws LogNotYetStored while the rest may still come · LogStoreUnavailable
   */
  async verify(job: Readonly<{ buildId: string; jobId: string }>, event: StepFinished): Promise<void> {
    const { attempt, step } = event.data;
    const address = { ...job, attempt, step };
    const stored = await this.whole(address, event);
    const verdict = verifyStepLog(stored, event.data);
    if (!verdict.complete && Date.parse(this.now()) - Date.parse(event.at) < PATIENCE_MS)
      throw new LogNotYetStored(subjects.logs(job.buildId, job.jobId, attempt, step), verdict.missing);
    const { lines } = event.data;
    const subject = subjects.log(job.buildId, job.jobId);
    await this.aggregates.execute(logDecider, subject, {
      type: 'RecordStored',
      subject,
      at: this.now(),
      cause: event.id,
      actor: SYSTEM,
      stored: { attempt, step, ...stored, ...(verdict.complete ? { lines } : {}), ...verdict },
    });
  }

  private async whole(address: LogAddress, event: StepFinished) {
    for (let look = 1; look <= LOOKS; look += 1) {
      const stored = await this.logs.state(address);
      if (stored.bytes >= event.data.bytes) return stored;
      await pause(BETWEEN_LOOKS_MS);
    }
    await this.storeFromStart(address); // a shipper that was killed has taken chunks with it, which are delivered again late
    return this.logs.state(address);
  }

  /** The store holds less than the stream: `LOGS` has everything for some days. */
  private async storeFromStart(address: LogAddress): Promise<void> {
    const { buildId, jobId, attempt, step } = address;
    const subject = subjects.logs(buildId, jobId, attempt, step);
    const jsm = await jetstreamManager(this.nc, { checkAPI: false });
    for (let seq = 1; ;) {
      const message = await jsm.direct.getMessage('LOGS', { seq, next_by_subj: subject });
      if (!message) return;
      await this.logs.append(address, [message.json<LogChunk>()]);
      seq = message.seq + 1;
    }
  }
}
