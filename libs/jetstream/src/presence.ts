import type { NatsConnection } from '@nats-io/transport-node';
import { BUCKETS, isRunnerId, type Heartbeat } from '#events';
import type { BlobStore } from './blob-store.js';
import { follow } from './follow.js';
import { Link } from './link.js';
import type { MessagePublisher } from './message-publisher.js';

const PREFIX = `$KV.${BUCKETS.runners}.`;

type Seen = Readonly<{ heartbeat: Heartbeat; seenAt: number }>;

/**
 * Which runners live, by their heartbeats. Counted by this process's own clock from what it has itself heard: after the
 * connection was away, nobody is taken for dead before a full lease has passed again.
 */
export class Presence {
  readonly #seen = new Map<string, Seen>();
  readonly #stop = new AbortController();
  /** Since when heartbeats are heard without an interruption, milliseconds by the clock of this machine. */
  #listensSince = Date.now();
  readonly #listeners = new Set<() => void>();
  private readonly link: Link;

  constructor(
    private readonly nc: NatsConnection,
    private readonly blobs: BlobStore,
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
    void this.listen();
  }

  stop(): void {
    this.#stop.abort();
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

  /** The runner has not been heard of for a full lease, in which this process could have heard it. */
  isGone(runner: string): boolean {
    const heardAt = Math.max(this.#seen.get(runner)?.seenAt ?? 0, this.#listensSince);
    return Date.now() - heardAt > this.leaseMs && this.link.upForMs > this.leaseMs;
  }

  private async listen(): Promise<void> {
    const stream = `KV_${BUCKETS.runners}`;
    const { signal } = this.#stop;
    const onOpen = (): void => void (this.#listensSince = Date.now());
    const options = { stream, subject: `${PREFIX}>`, from: 1, signal, onOpen };
    for await (const message of follow(this.nc, this.blobs, options)) {
      const runner = message.subject.slice(PREFIX.length);
      if (!isRunnerId(runner)) continue;
      if (message.payload.length === 0) this.#seen.delete(runner);
      else this.note(runner, message.payload);
      this.#listeners.forEach((listener) => listener());
    }
  }

  private note(runner: string, payload: Uint8Array): void {
    try {
      const heartbeat = JSON.parse(Buffer.from(payload).toString('utf8')) as Heartbeat;
      if (Array.isArray(heartbeat.pools)) this.#seen.set(runner, { heartbeat, seenAt: Date.now() });
    } catch {
      // What is not a heartbeat does not count as one.
    }
  }
}
