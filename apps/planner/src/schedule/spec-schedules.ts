import { Inject, Injectable } from '@nestjs/common';
import { repoDecider, type RepoIdentity } from '#domain';
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
   * `sha`: what the default branch stands at; `sequence`: of the webhook that said so. A spec with faults changes
   * nothing: a build tells them. @throws what `Forge.fileAt` throws
   */
  async take(
    identity: RepoIdentity,
    sha: string,
    context: Omit<CommandContext, 'subject'>,
    sequence?: number,
  ): Promise<void> {
    const spec = await this.specs.at(identity.repo, sha);
    const pipeline = 'text' in spec ? parseSpec(spec.text).pipeline : undefined;
    if (!pipeline && !('missing' in spec)) return;
    const subject = subjects.repo(identity.repoId);
    await this.aggregates.execute(repoDecider, subject, {
      ...{ ...context, ...identity, subject },
      type: 'SetSchedules',
      schedules: pipeline ? schedulesOf(pipeline) : [],
      ...(sequence === undefined ? {} : { sequence }),
    });
  }
}
