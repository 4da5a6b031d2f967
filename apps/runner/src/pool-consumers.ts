import { jetstream, type Consumer } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { ticketsOf } from '#events';
import { Link } from '#jetstream';

/**
 * The durables of a runner's pools. Only pools that were found are served, and named to the planner: a job of one that is
 * not set up would be admitted, and its ticket drawn by nobody.
 */
export class PoolConsumers {
  readonly #found = new Map<string, Consumer>();

  constructor(
    private readonly nc: NatsConnection,
    private readonly wanted: readonly string[],
  ) {}

  /** In the order of the settings. */
  get served(): readonly (readonly [pool: string, consumer: Consumer])[] {
    return this.wanted.flatMap((pool) => {
      const consumer = this.#found.get(pool);
      return consumer ? [[pool, consumer] as const] : [];
    });
  }

  get pools(): readonly string[] {
    return this.served.map(([pool]) => pool);
  }

  /** Why some pools are not served, in one line for people. */
  get note(): string | undefined {
    const missing = this.wanted.filter((pool) => !this.#found.has(pool)).map((pool) => `\`${pool}\``);
    if (missing.length === 0) return undefined;
    const [are, them] =
      missing.length === 1 ? [`pool ${missing.join()} is`, 'it'] : [`pools ${missing.join(', ')} are`, 'them'];
    return `${are} not set up: CAIRN_POOLS must name ${them} when setup runs`;
  }

  /** Asks for those that were not found yet. */
  async look(): Promise<void> {
    await Promise.all(
      this.wanted.map(async (pool) => {
        if (this.#found.has(pool)) return;
        const { stream, durable } = ticketsOf(pool);
        const asked = Link.of(this.nc).ask(() => jetstream(this.nc).consumers.get(stream, durable));
        const consumer = await asked.catch(() => undefined); // it is asked for again
        if (consumer) this.#found.set(pool, consumer);
      }),
    );
  }
}
