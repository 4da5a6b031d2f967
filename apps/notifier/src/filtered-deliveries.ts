import { Inject, Injectable, Logger } from '@nestjs/common';
import { publicUrl } from '#config';
import { messageOf } from '#errors';
import type { DeliveryIgnored } from '#events';
import { CLOCK, type Clock } from '#jetstream';
import { STATUS_CONTEXT } from './desired-status.js';
import { NotifierConfig } from './notifier.config.js';
import { description } from './status-text.js';
import { StatusSender } from './status-sender.js';

const HOUR_MS = 3_600_000;

/** Tells a commit that a filter kept from being built that there is nothing to wait for. */
@Injectable()
export class FilteredDeliveries {
  private readonly logger = new Logger(FilteredDeliveries.name);

  constructor(
    @Inject(StatusSender) private readonly sender: StatusSender,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(NotifierConfig) private readonly config: NotifierConfig,
  ) {}

  /**
   * What a build of the same commit has said stays, and what one says later counts. There is no record of its own: the
   * forge knows whether the commit was told. One that is long past is left alone, as after a replay from the start.
   * @throws ForgeUnavailable
   */
  async tell({ at, data: { repo, statusOn, detail } }: DeliveryIgnored): Promise<void> {
    const age = Date.parse(this.now()) - Date.parse(at);
    if (repo === undefined || statusOn === undefined || age > this.config.CAIRN_NOTIFIER_RETRY_HOURS * HOUR_MS) return;
    const outcome = await this.sender.sendIfNone(repo, {
      ...{ sha: statusOn, context: STATUS_CONTEXT, state: 'success' },
      description: description(`skipped: ${detail}`),
      targetUrl: `${publicUrl(this.config)}/deliveries`,
    });
    if (typeof outcome !== 'string') this.logger.warn(`${repo} at ${statusOn} was not told: ${messageOf(outcome)}`);
  }
}
