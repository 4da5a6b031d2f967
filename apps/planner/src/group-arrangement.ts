import { Inject, Injectable } from '@nestjs/common';
import {
  groupDecider,
  groupMoves,
  isOver,
  isSettled,
  planDecider,
  type GroupCommand,
  type GroupState,
  type OpenBuild,
} from '#domain';
import { SYSTEM, subjects, type CommandContext } from '#events';
import { Aggregates, CLOCK, type Clock } from '#jetstream';
import { OpenBuilds, OpenGroups } from '#open-builds';

/** Gives concurrency groups to the jobs whose turn it is, and takes them back. Decides from state: repeating it is safe. */
@Injectable()
export class GroupArrangement {
  constructor(
    private readonly aggregates: Aggregates,
    private readonly builds: OpenBuilds,
    private readonly groups: OpenGroups,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  start(onChange: () => void): Promise<void> {
    return this.groups.start(onChange);
  }

  stop(): void {
    this.groups.stop();
  }

  /** By subject. */
  all(): ReadonlyMap<string, GroupState> {
    return this.groups.all();
  }

  async arrange(builds: readonly OpenBuild[]): Promise<void> {
    const { take, acquire, release, doubtful } = groupMoves(builds, this.groups.all());
    for (const { buildId, ...taking } of take) {
      const subject = subjects.plan(buildId);
      const command = { ...this.context(subject, `group ${taking.by}`), type: 'CancelJobs' as const, ...taking };
      this.builds.note(buildId, await this.aggregates.execute(planDecider, subject, command));
    }
    for (const { subject, holder } of release) await this.tell(subject, { type: 'Release', holder });
    for (const { subject, holder, buildId, jobId } of doubtful)
      if (await this.hasEnded(buildId, jobId)) await this.tell(subject, { type: 'Release', holder });
    for (const { subject, holder } of acquire) await this.tell(subject, { type: 'Acquire', holder });
  }

  /** The view of open builds may not have come to it yet. */
  private async hasEnded(buildId: string, jobId: string): Promise<boolean> {
    const { state } = await this.aggregates.load(planDecider, subjects.plan(buildId));
    const job = state.jobs.get(jobId);
    return isOver(state) || !job || isSettled(job);
  }

  private async tell(subject: string, command: Pick<GroupCommand, 'type' | 'holder'>): Promise<void> {
    const folded = await this.aggregates.execute(groupDecider, subject, {
      ...this.context(subject, 'turn'),
      ...command,
    });
    this.groups.note(subject, folded);
  }

  private context(subject: string, cause: string): CommandContext {
    return { subject, at: this.now(), cause, actor: SYSTEM };
  }
}
