import type { NatsConnection } from '@nats-io/transport-node';
import { BEATS_PER_LEASE, BUCKETS, isRunnerId, type Heartbeat } from '#events';
import type { PayloadStore } from './payload-store.js';
import { follow, type Followed } from './follow.js';
import { lastMessage } from './last-message.js';
import { Link } from './link.js';
import type { MessagePublisher } from './message-publisher.js';

const STREAM = `KV_${BUCKETS.runners}`;
const PREFIX = `$KV.${BUCKETS.runners}.`;

/** `storedAt`: by the server's clock; tells one heartbeat from another. */
type Seen = Readonly<{ heartbeat: Heartbeat; storedAt: string; seenAt: number }>;

/**
 * Which runners live, by their heartbeats. Counted by this process's own clock from what it has itself heard: after the
 * connection was away, or the server or this process was halted, nobody is taken for dead before a full lease has passed
 * again. Nor is anybody of whom the bucket knows a heartbeat that was not heard.
 */
export class Presence {
  readonly #seen = new Map<string, Seen>();
  #listening = new AbortController();
  /** Since when heartbeats are heard without a break, milliseconds by the clock of this machine; infinite: they are not. */
  #listensSince = Infinity;
  /** When this process was last seen at work, by the same clock. */
  #awakeAt = Date.now();
  #pulse: NodeJS.Timeout | undefined;
  readonly #listeners = new Set<() => void>();
  private readonly link: Link;

  constructor(
    private readonly nc: NatsConnection,
    private readonly blobs: PayloadStore,
    /** How long a heartbeat counts. */
    private readonly leaseMs: number,
  ) {
    this.link = Link.of(nc);
  }

  /** Publishes a heartbeat under the runner's id. */
  static async beat(publisher: MessagePublisher, heartbeat: Heartbeat): Promise<void> {
    await publisher.publish(`${PREFIX}${heartbeat.runner}`, JSON.stringify(heartbeat));
  }

  /** Begins to listen. */
  start(): void {
    this.#pulse = setInterval(() => this.noteHalt(), this.leaseMs / BEATS_PER_LEASE);
    void this.listen();
  }

  stop(): void {
    clearInterval(this.#pulse);
    this.#listening.abort();
  }

  /** Calls back when a runner comes, goes, or has other room than before. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** The runners heard of within a lease. */
  alive(): readonly Heartbeat[] {
    const since = Date.now() - this.leaseMs;
    return [...this.#seen.values()].filter(({ seenAt }) => seenAt >= since).map(({ heartbeat }) => heartbeat);
  }

  /**
   * The runner has not been heard of for a full lease, in which this process could have heard it, and the bucket knows of
   * nothing newer. @throws StreamUnavailable
   */
  async isGone(runner: string): Promise<boolean> {
    if (!this.isSilent(runner)) return false;
    const last = await lastMessage(this.nc, STREAM, `${PREFIX}${runner}`);
    if (!last || last.time.toISOString() === this.#seen.get(runner)?.storedAt) return this.isSilent(runner);
    this.listenAnew();
    return false;
  }

  private isSilent(runner: string): boolean {
    this.noteHalt();
    const heardAt = Math.max(this.#seen.get(runner)?.seenAt ?? 0, this.#listensSince);
    return Date.now() - heardAt > this.leaseMs && this.link.upForMs > this.leaseMs;
  }

  /** What came while a process was halted is read after its timers have run: silence means nothing then. */
  private noteHalt(): void {
    const now = Date.now();
    if (now - this.#awakeAt > this.leaseMs / 2) this.#listensSince = Math.max(this.#listensSince, now);
    this.#awakeAt = now;
  }

  /** The bucket may have been made anew, with sequences that begin again: what was heard last says nothing about it. */
  private listenAnew(): void {
    this.#listening.abort();
    this.#listening = new AbortController();
    this.#listensSince = Infinity;
    void this.listen();
  }

  private async listen(): Promise<void> {
    const { signal } = this.#listening;
    const onHearing = (isHeard: boolean): void => {
      if (!signal.aborted) this.#listensSince = isHeard ? Date.now() : Infinity;
    };
    const options = { stream: STREAM, subject: `${PREFIX}>`, from: 1, signal, onHearing };
    for await (const message of follow(this.nc, this.blobs, options)) {
      const runner = message.subject.slice(PREFIX.length);
      if (!isRunnerId(runner)) continue;
      if (message.payload.length === 0) this.#seen.delete(runner);
      else this.note(runner, message);
      this.#listeners.forEach((listener) => listener());
    }
  }

  private note(runner: string, { storedAt, payload }: Followed): void {
    if (this.#seen.get(runner)?.storedAt === storedAt) return; // read again
    try {
      const heartbeat = JSON.parse(Buffer.from(payload).toString('utf8')) as Heartbeat;
      if (Array.isArray(heartbeat.pools)) this.#seen.set(runner, { heartbeat, storedAt, seenAt: Date.now() });
    } catch {
      // What is not a heartbeat does not count as one.
    }
  }
}
