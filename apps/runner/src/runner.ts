import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { Logger } from '@nestjs/common';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '#errors';
import { BEATS_PER_LEASE, type Heartbeat, type Ticket } from '#events';
import { Link, Presence, type MessagePublisher } from '#jetstream';
import type { Executors } from './executors.js';
import type { DiskSpace } from './disk-space.js';
import type { JobHolder, StopWish } from './job-holder.js';
import type { PoolConsumers } from './pool-consumers.js';
import { readinessOf, type Readiness } from './readiness.js';
import type { RunnerIdentity } from './runner-identity.js';
import { TicketHandle } from './ticket.js';

const PULL_MS = 30_000;
/** With several pools a free slot asks each of them in turn. */
const PULL_ONE_OF_MANY_MS = 1_000;
const RETRY_MS = 500;

const STOPPING: Readiness = { takesJobs: false, note: 'the runner is being stopped', trouble: 'stopping' };

export type RunnerTools = Readonly<{
  nc: NatsConnection;
  publisher: MessagePublisher;
  presence: Presence;
  identity: RunnerIdentity;
  executors: Executors;
  holder: JobHolder;
  pools: PoolConsumers;
  disk: DiskSpace;
  slots: number;
  leaseMs: number;
}>;

/** Draws tickets for its free slots, says that it lives, and looks after what it holds. */
export class Runner {
  private readonly logger = new Logger(Runner.name);
  private readonly pulls = new Set<ConsumerMessages>();
  private readonly loops: Promise<void>[] = [];
  private timer: NodeJS.Timeout | undefined;
  private cancels: Subscription | undefined;
  private isStopping = false;
  /** Undefined: it is not known yet which of the places that are there are still needed. */
  private isTidy: boolean | undefined;
  /** What an earlier process had asked for may be done after its end: a lease later it is looked for once more. */
  private tidyAgainAt: number | undefined;
  private downSince: number | undefined;
  private readiness: Readiness = { takesJobs: true };

  constructor(private readonly tools: RunnerTools) {}

  /** Takes over what it held before, then takes tickets. @throws StreamUnavailable */
  async start(): Promise<void> {
    const { nc, holder, presence, slots, leaseMs } = this.tools;
    presence.start();
    this.turnTo(await readinessOf(this.tools));
    await this.beat();
    this.timer = setInterval(() => void this.beat(), leaseMs / BEATS_PER_LEASE);
    const adopted = (await holder.adoptAll()).slice(0, slots);
    await this.tidy();
    await this.tools.executors.open();
    this.cancels = nc.subscribe('cancel.*', {
      callback: (error, message) => void (error ?? holder.look(message.subject.split('.')[1])),
    });
    Link.of(nc).onReconnect(() => this.takeUpAgain());
    for (let slot = adopted.length; slot < slots; slot += 1) this.loops.push(this.serve());
    for (const end of adopted) this.loops.push(end.then(() => this.serve()));
  }

  /** Takes no more tickets. @see JobHolder.stop */
  async stop(wish: StopWish): Promise<void> {
    this.isStopping = true;
    const told = this.tell();
    this.cancels?.unsubscribe();
    await Promise.all([...this.pulls].map((pull) => pull.close()));
    const closing = this.tools.executors.close();
    await this.tools.holder.stop(wish);
    await Promise.all(this.loops);
    await Promise.all([closing, told]);
    clearInterval(this.timer);
    this.tools.presence.stop();
  }

  /** What had been asked for went down with the connection; the client by itself would notice only much later. */
  private takeUpAgain(): void {
    this.pulls.forEach((pull) => void pull.close());
    void this.beat();
  }

  private async serve(): Promise<void> {
    while (!this.isStopping) {
      const { served } = this.tools.pools;
      const expires = served.length > 1 ? PULL_ONE_OF_MANY_MS : PULL_MS;
      if (!this.readiness.takesJobs || served.length === 0) await pause(RETRY_MS);
      else for (const [pool, consumer] of served) await this.serveOne(pool, consumer, expires);
    }
  }

  private async serveOne(pool: string, consumer: Consumer, expires: number): Promise<void> {
    await this.tools.holder.tidied(this.tools.slots); // jobs may not come faster than what they leave is removed
    if (this.isStopping || !this.readiness.takesJobs) return;
    try {
      const message = await this.draw(consumer, expires);
      if (message) await this.handle(message);
    } catch (error) {
      this.logger.warn(`pool ${pool}: ${messageOf(error)}`);
      await pause(RETRY_MS);
    }
  }

  private async draw(consumer: Consumer, expires: number): Promise<JsMsg | undefined> {
    const pull = await consumer.fetch({ max_messages: 1, expires });
    this.pulls.add(pull);
    try {
      const { done, value } = await pull[Symbol.asyncIterator]().next();
      return done ? undefined : value;
    } finally {
      pull.stop(); // else its watch for heartbeats goes on for the length of a pull
      this.pulls.delete(pull);
    }
  }

  private async handle(message: JsMsg): Promise<void> {
    const handle = TicketHandle.of(this.tools.nc, message);
    if (this.isStopping || !this.readiness.takesJobs) return handle.later(0);
    await this.tools.holder.take(message.json<Ticket>(), message.seq, handle);
  }

  private async beat(): Promise<void> {
    // Not waited for: an engine that is slow to answer must not make this runner look dead.
    void readinessOf(this.tools).then((readiness) => this.turnTo(readiness));
    await this.tell();
    this.watchLease(Link.of(this.tools.nc).upForMs > 0);
    await this.tools.holder.look();
    if (this.isTidy === false || Date.now() >= (this.tidyAgainAt ?? Infinity)) await this.tidy();
    await this.tools.holder.sweep();
  }

  /** Says that this runner lives, and whether it takes jobs; without an answer nothing is lost but time. */
  private async tell(): Promise<void> {
    const { identity, publisher, holder, pools, slots } = this.tools;
    const { takesJobs, note, trouble } = this.isStopping ? STOPPING : this.readiness;
    const heartbeat: Heartbeat = {
      ...identity,
      at: new Date().toISOString(),
      pools: pools.pools,
      capacity: takesJobs ? slots : holder.running, // what it holds must not count against the slots of others
      running: holder.running,
      ...(note === undefined ? {} : { note }),
      ...(trouble === undefined ? {} : { trouble }),
    };
    await Presence.beat(publisher, heartbeat).catch((error: unknown) => this.logger.warn(messageOf(error)));
  }

  /** Whoever takes no more jobs must not wait for tickets either: another runner may have a slot for them. */
  private turnTo(readiness: Readiness): void {
    if (!readiness.takesJobs && this.readiness.takesJobs) this.pulls.forEach((pull) => void pull.close());
    this.readiness = readiness;
  }

  private watchLease(isUp: boolean): void {
    this.downSince = isUp ? undefined : (this.downSince ?? Date.now());
    if (this.downSince !== undefined && Date.now() - this.downSince > this.tools.leaseMs)
      this.tools.holder.endUnrepeatable();
  }

  /** Repeated until the engine could be asked: it may have been away when the runner started. */
  private async tidy(): Promise<void> {
    this.isTidy = await this.tools.executors.reap(this.tools.holder.slots).catch((error: unknown) => {
      this.logger.warn(messageOf(error));
      return false;
    });
    if (!this.isTidy) return;
    this.tidyAgainAt = this.tidyAgainAt === undefined ? Date.now() + this.tools.leaseMs : Infinity;
    this.tools.holder.reaped();
  }
}
