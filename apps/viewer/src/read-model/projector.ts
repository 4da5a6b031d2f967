import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { messageOf, ReadModelInUse, UndecodableEvent } from '#errors';
import { decodeEvent } from '#events';
import { follow, Link, MessagePublisher, NATS, type Followed } from '#jetstream';
import { NoticeBoard } from './notice-board.js';
import { ReadModelDatabase } from './read-model-database.js';
import { ReadModelWriter } from './read-model-writer.js';

const STREAM = 'EVENTS';
const BATCH = 500;
const BATCH_MS = 20;
const RETRY_MS = 500;

export type ProjectorState = Readonly<{
  phase: 'replaying' | 'following' | 'halted';
  applied: number;
  /** Why it halted, for people. */
  reason?: string;
}>;

/**
 * Keeps the read model: one ordered reader of all events, batches in one transaction each. It halts at an event that it
 * cannot read; what was made up to there is still answered from.
 */
@Injectable()
export class Projector implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Projector.name);
  private readonly writer: ReadModelWriter;
  private readonly stopping = new AbortController();
  private round = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private phase: ProjectorState['phase'] = 'replaying';
  private reason: string | undefined;
  private applied = 0;
  /** Read, and not yet committed. */
  private read = 0;
  private batched = 0;
  private unwatch: () => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;
  private atEndOfTurn: NodeJS.Immediate | undefined;

  constructor(
    @Inject(NATS) private readonly nc: NatsConnection,
    @Inject(MessagePublisher) private readonly publisher: MessagePublisher,
    @Inject(ReadModelDatabase) private readonly db: ReadModelDatabase,
    @Inject(NoticeBoard) private readonly board: NoticeBoard,
  ) {
    this.writer = new ReadModelWriter(db);
  }

  get state(): ProjectorState {
    const { phase, applied, reason } = this;
    return reason === undefined ? { phase, applied } : { phase, applied, reason };
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
    // A server that comes back may have lost the end of its streams: look again, and do not wait for a heartbeat.
    this.unwatch = Link.of(this.nc).onReconnect(() => this.round.abort());
  }

  async onApplicationShutdown(): Promise<void> {
    this.unwatch();
    this.stopping.abort();
    this.round.abort();
    await this.running;
    clearTimeout(this.timer);
    clearImmediate(this.atEndOfTurn);
    this.db.close();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted && this.phase !== 'halted') {
      this.round = new AbortController();
      try {
        await this.begin();
        await this.followEvents(this.round.signal);
      } catch (error) {
        this.fail(error);
        await pause(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }

  /** Where to go on: at the start, when the stream is not the one that was read, or has lost its end. */
  private async begin(): Promise<void> {
    const jsm = await jetstreamManager(this.nc, { checkAPI: false });
    const { created, state } = await jsm.streams.info(STREAM);
    const { stream, applied } = this.db.position();
    if (stream !== created || applied > state.last_seq) {
      if (applied > 0) this.logger.warn(`${STREAM} is not the stream that was read before: everything is read again`);
      this.db.startOver(created);
    }
    this.writer.forget(true);
    this.applied = this.db.position().applied;
    this.read = this.applied;
    this.batched = 0;
    this.board.startAt(this.applied);
    this.phase = this.applied >= state.last_seq ? 'following' : 'replaying';
  }

  private async followEvents(signal: AbortSignal): Promise<void> {
    const options = { stream: STREAM, from: this.applied + 1, signal };
    for await (const item of follow(this.nc, this.publisher.blobs, options)) {
      this.take(item);
      // A long replay must not keep requests from being answered.
      if (this.batched === 0 && item.pending > 0) await turn();
    }
    this.commit();
  }

  private take({ subject, sequence, payload, pending }: Followed): void {
    const event = decodeEvent(subject, sequence, payload);
    if (event) this.writer.apply(subject, sequence, event);
    this.read = sequence;
    this.batched += 1;
    if (this.batched >= BATCH) this.commit();
    // What has come with it is on its way through this turn.
    else if (pending === 0) this.atEndOfTurn ??= setImmediate(() => this.commitInTime());
    else this.timer ??= setTimeout(() => this.commitInTime(), BATCH_MS);
    if (pending === 0) this.phase = 'following';
  }

  private commitInTime(): void {
    try {
      this.commit();
    } catch (error) {
      this.fail(error);
      this.round.abort();
    }
  }

  private commit(): void {
    clearTimeout(this.timer);
    clearImmediate(this.atEndOfTurn);
    this.timer = undefined;
    this.atEndOfTurn = undefined;
    if (this.read === this.applied) return;
    const notices = this.writer.commit(this.applied, this.read);
    this.applied = this.read;
    this.batched = 0;
    this.board.post(notices, this.applied);
  }

  private fail(error: unknown): void {
    if (this.stopping.signal.aborted) return;
    if (error instanceof UndecodableEvent) this.commit(); // what comes before it counts
    if (error instanceof UndecodableEvent || error instanceof ReadModelInUse) {
      this.phase = 'halted';
      this.reason = messageOf(error);
      this.logger.error(`the read model halts at sequence ${this.applied}: ${this.reason}`);
      return;
    }
    this.logger.error(`the read model cannot go on, trying again: ${messageOf(error)}`);
    if (this.db.repair(error)) this.logger.warn('the read model was damaged: everything is read again');
  }
}
