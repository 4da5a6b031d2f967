import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { admit, foremostOf, jobDecider, planDecider, poolsOf } from '#domain';
import { CairnError, messageOf } from '#errors';
import { SYSTEM, subjects, type CommandContext } from '#events';
import { Aggregates, CLOCK, Presence, type Clock } from '#jetstream';
import { OpenBuilds } from '#open-builds';
import { GroupArrangement } from './group-arrangement.js';
import { Leadership } from './leadership.js';

/** How often attempts are looked at whose runner may be gone. */
const TICK_MS = 2_000;

/** Admits jobs fairly, and gives up attempts whose runner is gone. Decides from state, so that repeating it is safe. */
@Injectable()
export class Scheduler implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Scheduler.name);
  private timer: NodeJS.Timeout | undefined;
  private admitting: Promise<void> | undefined;
  private isDirty = false;

  constructor(
    private readonly aggregates: Aggregates,
    private readonly builds: OpenBuilds,
    private readonly groups: GroupArrangement,
    private readonly presence: Presence,
    private readonly leadership: Leadership,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.presence.start();
    this.presence.onChange(() => this.wake());
    this.builds.onChange(() => this.wake());
    await this.builds.start();
    await this.groups.start(() => this.wake());
    this.leadership.start(() => this.wake());
    this.timer = setInterval(() => void this.tick(), TICK_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.leadership.stop();
    this.groups.stop();
    this.builds.stop();
    this.presence.stop();
    await this.admitting;
  }

  private wake(): void {
    this.isDirty = true;
    this.admitting ??= this.admitAll().finally(() => (this.admitting = undefined));
  }

  private async admitAll(): Promise<void> {
    while (this.isDirty && this.leadership.isLeader) {
      this.isDirty = false;
      await this.guarded(() => this.admitOnce());
    }
  }

  private async admitOnce(): Promise<void> {
    await this.groups.arrange(this.builds.all());
    const builds = this.builds.all();
    const pools = poolsOf(builds, this.presence.alive(), this.builds.turns);
    const candidates = foremostOf(builds, this.groups.all(), pools);
    const picks = new Map<string, string[]>();
    for (const { buildId, jobId } of admit(candidates, pools, this.leadership.limits))
      picks.set(buildId, [...(picks.get(buildId) ?? []), jobId]);
    for (const [buildId, jobs] of picks) {
      const subject = subjects.plan(buildId);
      const folded = await this.aggregates.execute(planDecider, subject, {
        ...this.context(subject, 'admission'),
        type: 'QueueJobs',
        jobs,
      });
      this.builds.note(buildId, folded);
    }
  }

  private async tick(): Promise<void> {
    this.wake();
    for (const [buildId, state] of this.builds.all())
      for (const { planned, status } of state.jobs.values())
        if (status === 'queued') await this.guarded(() => this.loseIfGone(buildId, planned.id));
  }

  private async loseIfGone(buildId: string, jobId: string): Promise<void> {
    const subject = subjects.job(buildId, jobId);
    const { state } = await this.aggregates.load(jobDecider, subject);
    if (state.status !== 'running' || !(await this.presence.isGone(state.runner))) return;
    await this.aggregates.execute(jobDecider, subject, {
      ...this.context(subject, `lease ${state.runner} ${state.attempt}`),
      type: 'LoseJob',
      attempt: state.attempt,
      reason: `runner ${state.runner} has not been heard of for a full lease`,
    });
  }

  /** The next change or tick tries again: nothing is lost by a failure here. */
  private async guarded(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => {
      if (!(error instanceof CairnError)) this.logger.error(messageOf(error));
      else this.logger.warn(messageOf(error));
    });
  }

  private context(subject: string, cause: string): CommandContext {
    return { subject, at: this.now(), cause, actor: SYSTEM };
  }
}
