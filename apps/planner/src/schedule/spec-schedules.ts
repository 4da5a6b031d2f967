import { Inject, Injectable } from '@nestjs/common';
import { newestPush, repoDecider, type RepoIdentity } from '#domain';
import { CommitUnknown, ForgeRefused, RepositoryUnknown } from '#errors';
import { subjects, type CommandContext } from '#events';
import { Aggregates } from '#jetstream';
import { parseSpec, schedulesOf } from '#spec';
import { SpecSource } from '../spec-source.js';

/** Keeps a repository's schedules as the spec of its default branch has them. */
@Injectable()
export class SpecSchedules {
  constructor(
    @Inject(Aggregates) private readonly aggregates: Aggregates,
    @Inject(SpecSource) private readonly specs: SpecSource,
  ) {}

  /**
   * `sha`: what the default branch stands at; `sequence`: of the webhook that said so. A spec that has faults or cannot be
   * had changes nothing: a build tells why. @throws ForgeUnavailable
   */
  async take(
    identity: RepoIdentity,
    sha: string,
    context: Omit<CommandContext, 'subject'>,
    sequence?: number,
  ): Promise<void> {
    const subject = subjects.repo(identity.repoId);
    const { snapshot } = (await this.aggregates.load(repoDecider, subject)).state;
    if (snapshot && sequence !== undefined && sequence < newestPush(snapshot)) return; // spare the forge the question
    const schedules = await this.at(identity.repo, sha);
    if (!schedules) return;
    await this.aggregates.execute(repoDecider, subject, {
      ...{ ...context, ...identity, subject },
      type: 'SetSchedules',
      schedules,
      ...(sequence === undefined ? {} : { sequence }),
    });
  }

  private async at(repo: string, sha: string): Promise<ReturnType<typeof schedulesOf> | undefined> {
    try {
      const spec = await this.specs.at(repo, sha);
      if ('missing' in spec) return [];
      const pipeline = 'text' in spec ? parseSpec(spec.text).pipeline : undefined;
      return pipeline && schedulesOf(pipeline);
    } catch (error) {
      if ([CommitUnknown, ForgeRefused, RepositoryUnknown].some((type) => error instanceof type)) return undefined;
      throw error;
    }
  }
}
