import type { NatsConnection } from '@nats-io/transport-node';
import { StreamUnavailable } from '#errors';

/** How long a question waits for a connection that is away before it is answered "not available". */
const CONNECT_WAIT_MS = 5_000;

/**
 * What is known of a connection. A request that was under way when the connection broke would wait for its whole
 * timeout, although no answer can come any more: asked through a link, it fails at once.
 */
export class Link {
  static readonly #links = new WeakMap<NatsConnection, Link>();
  #isUp = true;
  /** Milliseconds, by the clock of this machine; when this connection was last made. */
  #upSince = Date.now();
  readonly #onDown = new Set<(reason: unknown) => void>();
  readonly #onUp = new Set<() => void>();
  #turn: Promise<void> | undefined;

  static of(nc: NatsConnection): Link {
    const link = Link.#links.get(nc) ?? new Link(nc);
    Link.#links.set(nc, link);
    return link;
  }

  private constructor(private readonly nc: NatsConnection) {
    void this.watch();
  }

  /** For how long the connection has been up without a break, in milliseconds; 0 while it is down. */
  get upForMs(): number {
    return this.#isUp ? Date.now() - this.#upSince : 0;
  }

  /** Calls back each time the connection is made again. Returns how to stop that. */
  onReconnect(callback: () => void): () => void {
    this.#onUp.add(callback);
    return () => this.#onUp.delete(callback);
  }

  /** @throws StreamUnavailable when there is no connection, or it breaks before the answer · what `question` throws */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    if (!this.#isUp) await this.up();
    await this.turn();
    return new Promise<T>((resolve, reject) => {
      this.#onDown.add(reject);
      question()
        .then(resolve, reject)
        .finally(() => this.#onDown.delete(reject));
    });
  }

  /**
   * The end of this turn of the event loop. What is asked in one turn begins in one go, so that the client sends it with
   * one system call: these are a quarter of the time of a busy process.
   */
  private turn(): Promise<void> {
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = undefined;
        resolve();
      });
    });
    return this.#turn;
  }

  private up(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        reject(new StreamUnavailable('there is no connection to NATS'));
      }, CONNECT_WAIT_MS);
      const stop = this.onReconnect(() => {
        clearTimeout(timer);
        stop();
        resolve();
      });
    });
  }

  private async watch(): Promise<void> {
    for await (const { type } of this.nc.status()) {
      if (type === 'disconnect' || type === 'close') this.down();
      if (type === 'reconnect') {
        this.#isUp = true;
        this.#upSince = Date.now();
        [...this.#onUp].forEach((callback) => callback());
      }
    }
    this.down();
  }

  private down(): void {
    this.#isUp = false;
    const lost = new StreamUnavailable('the connection to NATS broke');
    [...this.#onDown].forEach((reject) => reject(lost));
    this.#onDown.clear();
  }
}
