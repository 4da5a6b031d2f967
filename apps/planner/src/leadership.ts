import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { AppendConflict, StreamUnavailable } from '#errors';
import type { RepoLimits } from '#domain';
import { BUCKETS, admissionLeaseOf, type AdmissionLease } from '#events';
import { MessagePublisher, NATS, follow } from '#jetstream';

const SUBJECT = `$KV.${BUCKETS.leases}.admission`;
export const REPO_LIMITS = Symbol('RepoLimits');

const RENEW_MS = 2_000;
const EXPIRY_MS = 3 * RENEW_MS;

/**
 * One planner at a time admits jobs. Whoever starts takes the lease; whoever loses it stops. Two at once for a moment cost
 * only fairness.
 */
@Injectable()
export class Leadership {
  private readonly me = randomUUID();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private revision = 0;
  private heardAt = 0;
  private leads = false;
  private onGain: () => void = () => undefined;

  constructor(
    @Inject(NATS) private readonly nc: NatsConnection,
    private readonly publisher: MessagePublisher,
    /** What is kept to while this planner admits. */
    @Inject(REPO_LIMITS) readonly limits: RepoLimits,
  ) {}

  get isLeader(): boolean {
    return this.leads;
  }

  start(onGain: () => void): void {
    this.onGain = onGain;
    void this.listen();
    void this.claim();
    this.timer = setInterval(() => void this.tick(), RENEW_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.stopping.abort();
    this.leads = false;
  }

  private get lease(): AdmissionLease {
    const { jobs, percentOfPool } = this.limits;
    return {
      planner: this.me,
      ...(jobs === undefined ? {} : { repoJobs: jobs }),
      ...(percentOfPool === undefined ? {} : { repoPercentOfPool: percentOfPool }),
    };
  }

  private async tick(): Promise<void> {
    if (this.leads || Date.now() - this.heardAt > EXPIRY_MS) await this.claim();
  }

  /** Takes or renews the lease at the revision last seen; a conflict means that somebody else has just done so. */
  private async claim(): Promise<void> {
    try {
      const ack = await this.publisher.publish(SUBJECT, JSON.stringify(this.lease), {
        expectedRevision: this.revision,
      });
      this.revision = ack.seq;
      this.heardAt = Date.now();
      if (!this.leads) {
        this.leads = true;
        this.onGain();
      }
    } catch (error) {
      if (error instanceof AppendConflict) this.lose();
      else if (!(error instanceof StreamUnavailable)) throw error;
    }
  }

  /** When nobody renews the lease, it may have expired and be gone, and its revision with it. */
  private lose(): void {
    this.leads = false;
    if (Date.now() - this.heardAt > EXPIRY_MS) this.revision = 0;
  }

  private async listen(): Promise<void> {
    const options = { stream: `KV_${BUCKETS.leases}`, subject: SUBJECT, from: 1, signal: this.stopping.signal };
    let isFirst = true;
    for await (const { sequence, payload } of follow(this.nc, this.publisher.blobs, options)) {
      this.revision = Math.max(this.revision, sequence);
      const isMine = admissionLeaseOf(payload).planner === this.me;
      this.heardAt = Date.now();
      if (!isMine && !isFirst) this.leads = false;
      else if (isFirst && !isMine) void this.claim(); // what stood there when we came
      isFirst = false;
    }
  }
}
