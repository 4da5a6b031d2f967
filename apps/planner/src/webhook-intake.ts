import { Inject, Injectable } from '@nestjs/common';
import { deliveryDecider, planDecider, repoDecider, type DeliveryCommand } from '#domain';
import { CommitUnknown, ForgeRefused, RepositoryUnknown, messageOf } from '#errors';
import {
  buildId,
  subjects,
  type CommandContext,
  type DeliveryAccepted,
  type DeliveryIgnored,
  type IgnoreReason,
} from '#events';
import { Aggregates, CLOCK, type Clock } from '#jetstream';
import { ENABLED_REPOS, type EnabledRepos } from './enabled-repos.js';
import { SPEC_PATH, SpecSource } from './spec-source.js';
import { readWebhook, type Intake, type WebhookRepo } from './webhook/read-webhook.js';

export type StoredWebhook = Readonly<{
  guid: string;
  event: string;
  sequence: number;
  storedAt: string;
  redelivered: boolean;
  body: Uint8Array;
}>;

type Verdict = Readonly<{ accepted: DeliveryAccepted['data'] } | { ignored: DeliveryIgnored['data'] }>;

/** How long a commit may take to show up at the forge after its push was announced. */
const COMMIT_PATIENCE_MS = 10 * 60_000;

/** Decides once what becomes of a webhook, and sees to it that it does, however often the webhook comes. */
@Injectable()
export class WebhookIntake {
  constructor(
    private readonly aggregates: Aggregates,
    private readonly specs: SpecSource,
    @Inject(ENABLED_REPOS) private readonly isEnabled: EnabledRepos,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  async take(webhook: StoredWebhook): Promise<void> {
    const subject = subjects.delivery(webhook.guid);
    const intake = readWebhook(webhook.event, webhook.body);
    // What comes for the first time is new, as a rule: if it is not, its second answer cannot be written.
    const known = webhook.redelivered
      ? (await this.aggregates.load(deliveryDecider, subject)).state.decided
      : undefined;
    const { decided, isNew } = known ? { decided: known, isNew: false } : await this.decide(subject, webhook, intake);
    if (decided.type === 'DeliveryAccepted' && intake.kind !== 'ignore')
      await this.carryOut(webhook, intake.repo, decided.data, isNew);
  }

  private async decide(
    subject: string,
    webhook: StoredWebhook,
    intake: Intake,
  ): Promise<{ decided: DeliveryAccepted | DeliveryIgnored; isNew: boolean }> {
    const verdict = await this.judge(webhook, intake);
    const context = this.context(subject, webhook.guid);
    const command: DeliveryCommand =
      'accepted' in verdict
        ? { ...context, type: 'AcceptDelivery', ...verdict }
        : { ...context, type: 'IgnoreDelivery', ...verdict };
    const { state, events } = await this.aggregates.execute(deliveryDecider, subject, command);
    return { decided: state.decided as DeliveryAccepted | DeliveryIgnored, isNew: events.length > 0 };
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
    const hindrance = await this.hindrance(webhook, name, intake.trigger.sha);
    if (hindrance) return ignored(...hindrance);
    const id = buildId(await this.aggregates.store.lastSequence(), guid.toLowerCase());
    return { accepted: { ...base, decision: { kind: 'build', buildId: id, trigger: intake.trigger } } };
  }

  /** Why there can be no build, as the forge has it. @throws ForgeUnavailable, CommitUnknown: worth another try */
  private async hindrance(
    webhook: StoredWebhook,
    repo: string,
    sha: string,
  ): Promise<[IgnoreReason, string] | undefined> {
    try {
      const spec = await this.specs.at(repo, sha);
      return 'missing' in spec ? ['no-spec', `commit ${sha} has no ${SPEC_PATH}`] : undefined;
    } catch (error) {
      const isLate = Date.parse(this.now()) - Date.parse(webhook.storedAt) > COMMIT_PATIENCE_MS;
      if (error instanceof CommitUnknown && isLate) return ['commit-unknown', messageOf(error)];
      if (error instanceof RepositoryUnknown || error instanceof ForgeRefused)
        return ['repository-unknown', messageOf(error)];
      throw error;
    }
  }

  private async carryOut(
    webhook: StoredWebhook,
    repo: WebhookRepo,
    accepted: DeliveryAccepted['data'],
    isNew: boolean,
  ): Promise<void> {
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
    // Registered and requested before; it may be over by now.
    if (!isNew && (await this.aggregates.load(planDecider, subjects.plan(buildId))).state.request) return;
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

  private context(subject: string, guid: string): CommandContext {
    const actor = { kind: 'forge' as const, id: 'github', name: 'GitHub' };
    return { subject, at: this.now(), cause: guid.toLowerCase(), actor };
  }
}
