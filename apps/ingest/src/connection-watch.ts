import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { NATS, lastSequenceOf } from '#jetstream';

/** How long an answer of the stream counts, in milliseconds. */
const FRESH_MS = 2_000;
const PROBE_MS = 2_000;

/** Knows whether webhooks can be stored now. */
@Injectable()
export class ConnectionWatch implements OnModuleDestroy {
  private connected = true;
  private lastAnswer = 0;
  private probe: Promise<boolean> | undefined;
  private readonly waiting = new Set<(up: boolean) => void>();

  constructor(@Inject(NATS) private readonly nc: NatsConnection) {
    void this.watch();
  }

  /** Whether there is a connection, within `waitMs` at the latest. */
  async up(waitMs: number): Promise<boolean> {
    if (this.connected) return true;
    return new Promise((resolve) => {
      const settle = (up: boolean): void => {
        clearTimeout(timer);
        this.waiting.delete(settle);
        resolve(up);
      };
      const timer = setTimeout(() => settle(false), waitMs);
      this.waiting.add(settle);
    });
  }

  /** Notes that the stream has just acknowledged something. */
  answered(): void {
    this.lastAnswer = Date.now();
  }

  /** Whether the stream answers: asked anew only when nothing was heard from it lately, and once for all who ask. */
  async healthy(): Promise<boolean> {
    if (!this.connected) return false;
    if (Date.now() - this.lastAnswer < FRESH_MS) return true;
    this.probe ??= this.ask().finally(() => (this.probe = undefined));
    return this.probe;
  }

  onModuleDestroy(): void {
    this.settleAll(false);
  }

  private async ask(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), PROBE_MS)));
    const answer = lastSequenceOf(this.nc, 'WEBHOOKS').then(
      () => true,
      () => false,
    );
    const healthy = await Promise.race([answer, late]);
    clearTimeout(timer);
    if (healthy) this.answered();
    return healthy;
  }

  private async watch(): Promise<void> {
    for await (const { type } of this.nc.status()) {
      if (type === 'disconnect') this.connected = false;
      if (type !== 'reconnect') continue;
      this.connected = true;
      this.settleAll(true);
    }
    this.connected = false;
    this.settleAll(false);
  }

  private settleAll(up: boolean): void {
    for (const settle of [...this.waiting]) settle(up);
  }
}
