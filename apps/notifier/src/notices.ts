import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { publicUrl } from '#config';
import { isOver } from '#domain';
import { AppendConflict, StatusRefused, StreamUnavailable, type ForgeRefused, type RepositoryUnknown } from '#errors';
import { fact, subjects, SYSTEM, type BuildRequested, type NoticeEvent } from '#events';
import { Aggregates, CLOCK, type Clock, type Folded } from '#jetstream';
import { buildProgress, type BuildProgress } from './build-progress.js';
import { desiredStatus, type LinkedStatus } from './desired-status.js';
import { isKnownRefusal, isSame, isShown, noticeHistory, type NoticeHistory } from './notice-history.js';
import { NotifierConfig } from './notifier.config.js';
import { StatusSender } from './status-sender.js';

const HOUR_MS = 3_600_000;
const ATTEMPTS = 20;
const COMMITS_KNOWN = 5_000;
const BUILDS_KNOWN = 1_000;

/**
 * Why a build is looked at: the id of the event and its sequence, which the plan must have reached. `unsure`: a status may
 * have been sent without a record of it.
 */
export type Occasion = Readonly<{ cause: string; sequence: number; unsure: boolean }>;

type View = Readonly<{
  history: Folded<NoticeHistory>;
  progress: BuildProgress;
  /** Of the plan. */
  revision: number;
  request: BuildRequested['data'];
  desired: LinkedStatus;
}>;
type Refusal = ForgeRefused | RepositoryUnknown;

/** Brings what the forge says about a build in line with what it should say. */
@Injectable()
export class Notices {
  /** The newest build that was seen for a commit of a ref: after a rerun, the status is its alone. */
  readonly #newest = new LRUCache<string, string>({ max: COMMITS_KNOWN });
  /** Builds whose forge keeps no statuses. */
  readonly #unsupported = new LRUCache<string, true>({ max: BUILDS_KNOWN });

  constructor(
    @Inject(Aggregates) private readonly aggregates: Aggregates,
    @Inject(StatusSender) private readonly sender: StatusSender,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(NotifierConfig) private readonly config: NotifierConfig,
  ) {}

  /**
   * Sends what should be shown and is not, and records it. Whoever loses the race for the record looks again, and sends
   * what should be shown by then unless all agree: so the last to have sent is always one who knew the latest.
   * @throws ForgeUnavailable · StatusRefused when it is worth another try · StreamUnavailable · UndecodableEvent
   */
  async settle(buildId: string, occasion: Occasion): Promise<void> {
    if (this.#unsupported.has(buildId)) return;
    let unrecorded: LinkedStatus | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const view = await this.view(buildId, occasion.sequence);
      if (!view) return;
      const { history, desired, request } = view;
      const certain = !occasion.unsure && (unrecorded === undefined || isSame(unrecorded, desired));
      if (certain && isShown(history.state, desired)) return;
      const outcome = await this.sender.send(request.repo, desired);
      if (outcome === 'unsupported') return void this.#unsupported.set(buildId, true);
      if (outcome === 'sent') unrecorded = desired;
      try {
        await this.record(buildId, history, desired, outcome, occasion.cause);
        if (outcome !== 'sent' && view.revision === occasion.sequence) this.tryAgain(buildId, view.progress, outcome);
        return;
      } catch (error) {
        if (!(error instanceof AppendConflict) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Undefined when there is nothing to show. */
  private async view(buildId: string, sequence: number): Promise<View | undefined> {
    // In this order: a record that is seen here was made from a plan no newer than the one that is loaded after it.
    const history = await this.aggregates.load(noticeHistory, subjects.notice(buildId));
    const { state: progress, revision } = await this.aggregates.load(buildProgress, subjects.plan(buildId));
    if (revision < sequence) throw new StreamUnavailable(`the plan of ${buildId} is read from a late replica`);
    const { request } = progress.plan;
    const desired = desiredStatus(progress, publicUrl(this.config));
    if (!request || !desired || this.isOvertaken(request) || this.isForgotten(progress, history.state))
      return undefined;
    return { history, progress, revision, request, desired };
  }

  private async record(
    buildId: string,
    { state, revision }: Folded<NoticeHistory>,
    status: LinkedStatus,
    outcome: 'sent' | Refusal,
    cause: string,
  ): Promise<void> {
    if (outcome !== 'sent' && isKnownRefusal(state, status)) return;
    const subject = subjects.notice(buildId);
    const context = { subject, at: this.now(), cause, actor: SYSTEM };
    const channel = 'github-status' as const;
    const { description, targetUrl, ...what } = status;
    // The revision tells a status that is sent again for the same cause from the first.
    const event: NoticeEvent =
      outcome === 'sent'
        ? fact('NotificationSent', 1, context, { channel, ...what, description, targetUrl }, revision)
        : fact('NotificationFailed', 1, context, { channel, ...what, error: outcome.message }, revision);
    await this.aggregates.store.append(subject, [event], revision);
  }

  private ageOf({ endedAt }: BuildProgress): number {
    return endedAt === undefined ? 0 : Date.parse(this.now()) - Date.parse(endedAt);
  }

  private get patienceMs(): number {
    return this.config.CAIRN_NOTIFIER_RETRY_HOURS * HOUR_MS;
  }

  /** For the last event of a build that is over: after another, the next event is the next try. */
  private tryAgain(buildId: string, progress: BuildProgress, cause: Refusal): void {
    const age = this.ageOf(progress);
    if (!isOver(progress.plan) || age > this.patienceMs) return;
    const pauseMs = this.config.CAIRN_NOTIFIER_RETRY_SECONDS * 1_000;
    throw new StatusRefused(buildId, Math.max(pauseMs, Math.min(age, HOUR_MS)), { cause });
  }

  /** Ended long ago, and the forge never heard of it: after a replay from the start, say. One it shows as pending is settled. */
  private isForgotten(progress: BuildProgress, { sent }: NoticeHistory): boolean {
    return sent === undefined && this.ageOf(progress) > this.patienceMs;
  }

  private isOvertaken({ buildId, repoId, trigger }: BuildRequested['data']): boolean {
    const commit = `${repoId} ${trigger.ref} ${trigger.sha}`;
    const newest = this.#newest.get(commit);
    if (newest !== undefined && newest > buildId) return true;
    this.#newest.set(commit, buildId);
    return false;
  }
}
