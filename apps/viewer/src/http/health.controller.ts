import { setTimeout as pause } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { Controller, Get, Header, Inject, ServiceUnavailableException } from '@nestjs/common';
import { lastSequenceOf, NATS } from '#jetstream';
import { Open } from '../access/access.guard.js';
import { Projector } from '../read-model/projector.js';

const ANSWER_MS = 2_000;

type Health = Readonly<{ status: 'ok'; sequence: number; behind: number }>;

@Controller()
export class HealthController {
  constructor(
    @Inject(Projector) private readonly projector: Projector,
    @Inject(NATS) private readonly nc: NatsConnection,
  ) {}

  /** Ready: the read model follows, and JetStream answers. */
  @Get('healthz')
  @Open()
  @Header('cache-control', 'no-store')
  async health(): Promise<Health> {
    const { phase, applied, reason } = this.projector.state;
    if (phase === 'halted') throw new ServiceUnavailableException(`the read model has halted: ${reason}`);
    const last = await this.lastSequence();
    if (last === undefined) throw new ServiceUnavailableException('JetStream does not answer');
    const behind = Math.max(0, last - applied);
    if (phase === 'replaying') throw new ServiceUnavailableException(`${behind} events are still to be read`);
    return { status: 'ok', sequence: applied, behind };
  }

  private async lastSequence(): Promise<number | undefined> {
    const done = new AbortController();
    const late = pause(ANSWER_MS, undefined, { signal: done.signal }).catch(() => undefined);
    const answer = lastSequenceOf(this.nc, 'EVENTS').catch(() => undefined);
    return Promise.race([answer, late]).finally(() => done.abort());
  }
}
