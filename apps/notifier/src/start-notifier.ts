import { Logger } from '@nestjs/common';
import { forgeSettings, levelsFrom, natsSettings } from '#config';
import { createForges, type Forges } from '#forge';
import { startConsumers, type RunningService } from '#jetstream';
import { DeliveryHandler } from './delivery.handler.js';
import { FilteredDeliveries } from './filtered-deliveries.js';
import { Notices } from './notices.js';
import { NotifierConfig } from './notifier.config.js';
import { NotifierHandler } from './notifier.handler.js';
import { FORGES, StatusSender } from './status-sender.js';

/** Undefined without a token: plain git keeps no statuses, and GitHub takes none from strangers. */
const forgesOf = (config: NotifierConfig): Forges | undefined =>
  config.CAIRN_GITHUB_TOKEN === undefined ? undefined : createForges(forgeSettings(config));

/** @throws InvalidSettings · when NATS cannot be reached or is not set up */
export const startNotifier = async (config: NotifierConfig): Promise<RunningService> => {
  const forges = forgesOf(config);
  const service = await startConsumers({
    name: 'notifier',
    nats: natsSettings(config, 'notifier'),
    logLevels: levelsFrom(config.CAIRN_LOG_LEVEL),
    controllers: [NotifierHandler, DeliveryHandler],
    providers: [
      Notices,
      FilteredDeliveries,
      StatusSender,
      { provide: FORGES, useValue: forges },
      { provide: NotifierConfig, useValue: config },
    ],
  });
  if (!forges) new Logger('notifier').log('CAIRN_GITHUB_TOKEN is not set: no statuses are sent');
  return service;
};
