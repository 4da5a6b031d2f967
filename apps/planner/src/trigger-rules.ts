import { Inject, Injectable } from '@nestjs/common';
import { CommitUnknown, ForgeRefused, RepositoryUnknown, messageOf } from '#errors';
import type { DeliveryIgnored, Trigger } from '#events';
import { CLOCK, type Clock } from '#jetstream';
import { parseSpec, startsOn, type Pipeline } from '#spec';
import { ChangedFiles } from './changed-files.js';
import { SPEC_PATH, SpecSource } from './spec-source.js';

export type Refusal = Pick<DeliveryIgnored['data'], 'reason' | 'detail' | 'line' | 'statusOn'>;

/** How long a commit may take to show up at the forge after its push was announced. */
const COMMIT_PATIENCE_MS = 10 * 60_000;

const OWN_PULL_REQUEST: Refusal = {
  reason: 'built-by-push',
  detail: 'the branch is in this repository: its push is built, unless `on` names `pull_request`',
};
const TAG_WITH_FAULTS: Refusal = {
  reason: 'filtered',
  detail: 'tags are built only when the spec names them, and it has faults',
};

/** Whether it was `branches` or `paths` of an event that is built: then checks that are required must not wait for ever. */
const isFiltered = ({ on }: Pipeline, { event }: Trigger, line: number | undefined): boolean => {
  const rule = event === 'push' ? on?.push : event === 'pull_request' ? on?.pullRequest : undefined;
  return line !== undefined && [rule?.branches?.line, rule?.paths?.line].includes(line);
};

/** Whether an event begins a build, as the forge and the spec at its commit have it. */
@Injectable()
export class TriggerRules {
  constructor(
    private readonly specs: SpecSource,
    private readonly changes: ChangedFiles,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  /**
   * Undefined: it does. `since`: when the event was heard of. @throws ForgeUnavailable, CommitUnknown: worth another try
   */
  async refusal(repo: string, trigger: Trigger, since: string): Promise<Refusal | undefined> {
    try {
      const spec = await this.specs.at(repo, trigger.sha);
      if ('missing' in spec) return { reason: 'no-spec', detail: `commit ${trigger.sha} has no ${SPEC_PATH}` };
      return await this.refusalBySpec(repo, trigger, 'text' in spec ? parseSpec(spec.text).pipeline : undefined);
    } catch (error) {
      const isLate = Date.parse(this.now()) - Date.parse(since) > COMMIT_PATIENCE_MS;
      if (error instanceof CommitUnknown && isLate) return { reason: 'commit-unknown', detail: messageOf(error) };
      if (error instanceof RepositoryUnknown || error instanceof ForgeRefused)
        return { reason: 'repository-unknown', detail: messageOf(error) };
      throw error;
    }
  }

  /** A spec with faults, of which nothing is left, is built where every event is: that shows them. */
  private async refusalBySpec(
    repo: string,
    trigger: Trigger,
    pipeline: Pipeline | undefined,
  ): Promise<Refusal | undefined> {
    const isOwn = trigger.event === 'pull_request' && !trigger.pullRequest?.fork;
    if (isOwn && !pipeline?.on?.pullRequest) return OWN_PULL_REQUEST;
    if (!pipeline) return trigger.event === 'tag' ? TAG_WITH_FAULTS : undefined;
    const { runs, detail, line } = startsOn(pipeline, trigger, await this.changes.of(repo, pipeline, trigger));
    if (runs) return undefined;
    return {
      ...{ reason: 'filtered', detail },
      ...(line === undefined ? {} : { line }),
      ...(isFiltered(pipeline, trigger, line) ? { statusOn: trigger.sha } : {}),
    };
  }
}
