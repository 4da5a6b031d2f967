import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { awaitsSince, planDecider } from '#domain';
import { messageOf } from '#errors';
import { SYSTEM, subjects } from '#events';
import { Aggregates, CLOCK, type Clock } from '#jetstream';
import { OpenBuilds } from '#open-builds';

export const APPROVAL_LIMIT_MS = Symbol('how long an approval is waited for');

const LOOK_MS = 30_000;

/** Ends what waits for an approval that nobody gives. Every replica does so: the first one counts. */
@Injectable()
export class ApprovalExpiry implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ApprovalExpiry.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly aggregates: Aggregates,
    private readonly builds: OpenBuilds,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(APPROVAL_LIMIT_MS) private readonly limitMs: number,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.look(), LOOK_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** What fails now is tried again with the next look. */
  async look(): Promise<void> {
    const at = this.now();
    const before = new Date(Date.parse(at) - this.limitMs).toISOString();
    for (const [buildId, state] of this.builds.all()) {
      if ((awaitsSince(state) ?? before) >= before) continue;
      const subject = subjects.plan(buildId);
      const command = { subject, at, cause: `approval limit ${before}`, actor: SYSTEM, before };
      await this.aggregates
        .execute(planDecider, subject, { ...command, type: 'ExpireApprovals' })
        .catch((error: unknown) => this.logger.warn(messageOf(error)));
    }
  }
}
