import { Controller, Inject } from '@nestjs/common';
import { planDecider } from '#domain';
import { CONSUMERS, subjects, type BuildRegistered, type CommandContext, type RefClosed } from '#events';
import { Aggregates, CLOCK, Consume, type Clock, type Delivery } from '#jetstream';

/** What follows from a repository's events: builds are requested, pointless ones cancelled. */
@Controller()
export class RepoHandler {
  constructor(
    private readonly aggregates: Aggregates,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  @Consume(CONSUMERS.plannerRepo)
  async follow({ message }: Delivery<BuildRegistered | RefClosed>): Promise<void> {
    if (message.type === 'BuildRegistered') await this.request(message);
    else await this.cancel(message, message.data.cancels, { reason: 'closed' });
  }

  private async request(event: BuildRegistered): Promise<void> {
    const { build, repo, trigger, origin, supersedes, supersededBy } = event.data;
    const subject = subjects.plan(build.buildId);
    const request = {
      buildId: build.buildId,
      repoId: repo.repoId,
      repo: repo.repo,
      number: build.number,
      trigger,
      origin,
    };
    await this.aggregates.execute(planDecider, subject, {
      ...this.context(subject, event),
      type: 'RequestBuild',
      request,
      ...(supersededBy === undefined ? {} : { supersededBy }),
    });
    await this.cancel(event, supersedes, { reason: 'superseded', by: build.buildId });
  }

  private async cancel(
    event: BuildRegistered | RefClosed,
    builds: readonly string[],
    why: Readonly<{ reason: 'superseded' | 'closed'; by?: string }>,
  ): Promise<void> {
    for (const build of builds) {
      const subject = subjects.plan(build);
      await this.aggregates.execute(planDecider, subject, {
        ...this.context(subject, event),
        type: 'CancelBuild',
        ...why,
      });
    }
  }

  private context(subject: string, event: BuildRegistered | RefClosed): CommandContext {
    return { subject, at: this.now(), cause: event.id, actor: event.actor };
  }
}
