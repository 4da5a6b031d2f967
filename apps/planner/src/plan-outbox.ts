import { Inject, Injectable } from '@nestjs/common';
import { jobDecider, planDecider, repoDecider, type PlanState } from '#domain';
import { CommitUnknown, ForgeRefused, RepositoryUnknown, messageOf } from '#errors';
import {
  subjects,
  type BuildCancelled,
  type BuildFinished,
  type BuildRejected,
  type BuildRequested,
  type CommandContext,
  type Diagnostic,
  type DomainEvent,
  type JobsCancelled,
  type JobsQueued,
  type Plan,
  type Ticket,
} from '#events';
import { Aggregates, CLOCK, MessagePublisher, type Clock } from '#jetstream';
import { notCarriedOut, parseSpec, planPipeline } from '#spec';
import { ChangedFiles } from './changed-files.js';
import { SPEC_PATH, SpecSource, type SpecText } from './spec-source.js';

const diagnostic = (message: string): Diagnostic => ({ severity: 'error', message, line: 1, column: 1 });

const buildOf = (subject: string): string => subject.split('.')[1] ?? '';

/**
 * The effects of a plan's events. Each may be asked for again, and changes nothing then; each needs the plan as it was at
 * the event's sequence or later.
 */
@Injectable()
export class PlanOutbox {
  constructor(
    private readonly aggregates: Aggregates,
    private readonly publisher: MessagePublisher,
    private readonly specs: SpecSource,
    private readonly changes: ChangedFiles,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  async plan(subject: string, sequence: number, event: BuildRequested): Promise<void> {
    const { state } = await this.aggregates.load(planDecider, subject, sequence);
    if (state.plan || state.rejected || state.finished || state.cancelled) return;
    const spec = await this.spec(event.data.repo, event.data.trigger.sha);
    const context = this.context(subject, event);
    const { plan, diagnostics } = 'text' in spec ? await this.planOf(spec.text, event) : { diagnostics: [spec.fault] };
    await this.aggregates.execute(
      planDecider,
      subject,
      plan ? { ...context, type: 'PlanBuild', plan, diagnostics } : { ...context, type: 'RejectBuild', diagnostics },
    );
  }

  /** `plan` is there unless a diagnostic is an error. @throws ForgeUnavailable */
  private async planOf(
    text: string,
    { data: { trigger, repo, repoId } }: BuildRequested,
  ): Promise<{ plan?: Plan; diagnostics: Diagnostic[] }> {
    const { pipeline, diagnostics } = parseSpec(text);
    const refused = pipeline ? notCarriedOut(pipeline) : [];
    if (!pipeline || refused.length > 0) return { diagnostics: [...diagnostics, ...refused] };
    const changedFiles = await this.changes.of(repo, pipeline, trigger);
    const { defaultBranch } = (await this.aggregates.load(repoDecider, subjects.repo(repoId))).state.snapshot ?? {};
    const planned = planPipeline(pipeline, {
      ...{ trigger, repo, repoId },
      ...(defaultBranch === undefined ? {} : { defaultBranch }),
      ...(changedFiles === undefined ? {} : { changedFiles }),
    });
    return { ...planned, diagnostics: [...diagnostics, ...planned.diagnostics] };
  }

  async sendTickets(subject: string, sequence: number, event: JobsQueued): Promise<void> {
    const { state } = await this.aggregates.load(planDecider, subject, sequence);
    const buildId = buildOf(subject);
    for (const { jobId, attempt, pool } of event.data.jobs) {
      const job = state.jobs.get(jobId);
      if (job?.status !== 'queued' || job.attempt !== attempt) continue; // seen before: it has ended since
      const ticket: Ticket = { buildId, jobId, attempt };
      await this.publisher.publish(subjects.queue(pool), JSON.stringify(ticket), {
        id: `${buildId}.${jobId}.${attempt}`,
      });
    }
  }

  /** Jobs that no runner has begun are ended here, spared or not; the others hear the nudge, or look for themselves. */
  async cancel(subject: string, sequence: number, event: BuildCancelled | JobsCancelled): Promise<void> {
    const { state } = await this.aggregates.load(planDecider, subject, sequence);
    const buildId = buildOf(subject);
    for (const { planned, status, attempt, cancelled } of state.jobs.values()) {
      if (status !== 'queued' || (!state.cancelled && !cancelled)) continue;
      const job = subjects.job(buildId, planned.id);
      await this.aggregates.execute(jobDecider, job, { ...this.context(job, event), type: 'WithdrawJob', attempt });
    }
    this.publisher.nudge(subjects.cancel(buildId));
  }

  async close(subject: string, sequence: number, event: BuildRejected | BuildFinished): Promise<void> {
    const { state } = await this.aggregates.load(planDecider, subject, sequence);
    const repo = await this.repoOf(state);
    if (!repo) return;
    const command = { ...this.context(repo.subject, event), ...repo.identity };
    await this.aggregates.execute(repoDecider, repo.subject, {
      ...command,
      type: 'CloseBuild',
      buildId: buildOf(subject),
    });
  }

  private async repoOf(state: PlanState) {
    if (!state.request) return undefined;
    const subject = subjects.repo(state.request.repoId);
    const { snapshot } = (await this.aggregates.load(repoDecider, subject)).state;
    if (!snapshot) return undefined;
    const { repoId, repo, defaultBranch } = snapshot;
    return { subject, identity: { repoId, repo, defaultBranch } };
  }

  /** The delivery was accepted with a spec in sight: what hinders now is the build's fault to show. @throws ForgeUnavailable */
  private async spec(repo: string, sha: string): Promise<Exclude<SpecText, { missing: true }>> {
    try {
      const spec = await this.specs.at(repo, sha);
      return 'missing' in spec ? { fault: diagnostic(`commit ${sha} has no ${SPEC_PATH}`) } : spec;
    } catch (error) {
      if (error instanceof RepositoryUnknown || error instanceof ForgeRefused || error instanceof CommitUnknown)
        return { fault: diagnostic(messageOf(error)) };
      throw error;
    }
  }

  private context(subject: string, event: DomainEvent): CommandContext {
    return { subject, at: this.now(), cause: event.id, actor: event.actor };
  }
}
