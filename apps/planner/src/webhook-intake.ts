import { Inject, Injectable } from '@nestjs/common';
import { deliveryDecider, planDecider, repoDecider, type DeliveryCommand } from '#domain';
import {
  buildId,
  subjects,
  type CommandContext,
  type DeliveryAccepted,
  type DeliveryIgnored,
  type IgnoreReason,
  type Trigger,
} from '#events';
import { Aggregates, CLOCK, type Clock } from '#jetstream';
import { hasSkipMark } from '#spec';
import { ENABLED_REPOS, type EnabledRepos } from './enabled-repos.js';
import { SpecSchedules } from './schedule/spec-schedules.js';
import { TriggerRules } from './trigger-rules.js';
import { readWebhook, type Intake, type WebhookRepo } from './webhook/read-webhook.js';

export type StoredWebhook = Readonly<{
  guid: string;
  event: string;
  sequence: number;
  storedAt: string;
  body: Uint8Array;
}>;

type Verdict = Readonly<{ accepted: DeliveryAccepted['data'] } | { ignored: DeliveryIgnored['data'] }>;

/** Reasons why a push is not built although its repository may build and the forge knows it. */
const WITH_SPEC: ReadonlySet<IgnoreReason> = new Set(['no-spec', 'filtered', 'skip-ci']);

const whereMarked = ({ pullRequest }: Trigger): string =>
  `a mark like \`[skip ci]\` stands in the ${pullRequest ? "pull request's title" : "commit's message"}`;

/** Decides once what becomes of a webhook, and sees to it that it does, however often the webhook comes. */
@Injectable()
export class WebhookIntake {
  constructor(
    private readonly aggregates: Aggregates,
    private readonly rules: TriggerRules,
    private readonly schedules: SpecSchedules,
    @Inject(ENABLED_REPOS) private readonly isEnabled: EnabledRepos,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  async take(webhook: StoredWebhook): Promise<void> {
    const subject = subjects.delivery(webhook.guid);
    const intake = readWebhook(webhook.event, webhook.body);
    const known = await this.aggregates.load(deliveryDecider, subject);
    const decided = known.state.decided ?? (await this.decide(subject, webhook, intake));
    if (decided.type === 'DeliveryAccepted' && intake.kind !== 'ignore')
      await this.carryOut(webhook, intake.repo, decided.data);
    if (intake.kind === 'build' && intake.trigger.event === 'push' && intake.trigger.isDefaultBranch)
      await this.takeSchedules(webhook, intake, decided);
  }

  private async decide(
    subject: string,
    webhook: StoredWebhook,
    intake: Intake,
  ): Promise<DeliveryAccepted | DeliveryIgnored> {
    const verdict = await this.judge(webhook, intake);
    const context = this.context(subject, webhook.guid);
    const command: DeliveryCommand =
      'accepted' in verdict
        ? { ...context, type: 'AcceptDelivery', ...verdict }
        : { ...context, type: 'IgnoreDelivery', ...verdict };
    const { state } = await this.aggregates.execute(deliveryDecider, subject, command);
    return state.decided as DeliveryAccepted | DeliveryIgnored;
  }

  private async judge(webhook: StoredWebhook, intake: Intake): Promise<Verdict> {
    const { event, sequence, guid } = webhook;
    const action = intake.action === undefined ? {} : { action: intake.action };
    const repo = intake.repo === undefined ? {} : { repoId: intake.repo.repoId, repo: intake.repo.repo };
    const ignored = (reason: IgnoreReason, detail: string): Verdict => ({
      ignored: { event, ...action, ...repo, sequence, reason, detail },
    });
    if (intake.kind === 'ignore') return ignored(intake.reason, intake.detail);
    const { repoId, repo: name } = intake.repo;
    const { state } = await this.aggregates.load(repoDecider, subjects.repo(repoId));
    if (!this.isEnabled(name, state.snapshot))
      return ignored('repository-not-enabled', `${name} is not enabled: cairn repo add ${name}, or CAIRN_REPOS`);
    const base = { event, ...action, repoId, repo: name, sequence };
    if (intake.kind === 'close') return { accepted: { ...base, decision: { kind: 'close', ref: intake.ref } } };
    if (hasSkipMark(intake.words)) return ignored('skip-ci', whereMarked(intake.trigger));
    const refusal = await this.rules.refusal(name, intake.trigger, webhook.storedAt);
    if (refusal) return { ignored: { ...base, ...refusal } };
    const id = buildId(await this.aggregates.store.lastSequence(), guid.toLowerCase());
    return { accepted: { ...base, decision: { kind: 'build', buildId: id, trigger: intake.trigger } } };
  }

  private async carryOut(webhook: StoredWebhook, repo: WebhookRepo, accepted: DeliveryAccepted['data']): Promise<void> {
    const { decision, sequence } = accepted;
    const subject = subjects.repo(repo.repoId);
    const command = { ...this.context(subject, webhook.guid), ...repo };
    if (decision.kind === 'close') {
      await this.aggregates.execute(repoDecider, subject, {
        ...command,
        type: 'CloseRef',
        ref: decision.ref,
        sequence,
      });
      return;
    }
    const { buildId, trigger } = decision;
    const { state } = await this.aggregates.load(planDecider, subjects.plan(buildId));
    if (state.request) return; // registered and requested before; it may be over by now
    const origin = { kind: 'delivery' as const, id: webhook.guid.toLowerCase() };
    await this.aggregates.execute(repoDecider, subject, {
      ...command,
      type: 'RegisterBuild',
      buildId,
      trigger,
      sequence,
      origin,
    });
  }

  /** Also of a push that is not built: its spec is that of the default branch from now on. */
  private async takeSchedules(
    { guid, sequence }: StoredWebhook,
    { repo, trigger }: Intake & { kind: 'build' },
    decided: DeliveryAccepted | DeliveryIgnored,
  ): Promise<void> {
    if (decided.type === 'DeliveryIgnored' && !WITH_SPEC.has(decided.data.reason)) return;
    await this.schedules.take(repo, trigger.sha, this.context('', guid), sequence);
  }

  private context(subject: string, guid: string): CommandContext {
    const actor = { kind: 'forge' as const, id: 'github', name: 'GitHub' };
    return { subject, at: this.now(), cause: guid.toLowerCase(), actor };
  }
}
