import { join } from 'node:path';
import { levelsFrom, natsSettings } from '#config';
import { startConsumers, type RunningService } from '#jetstream';
import { createLogStore } from '#log-store';
import { LogChunksHandler } from './log-chunks.handler.js';
import type { LogShipperConfig } from './log-shipper.config.js';
import { LOG_STORE, Shipment } from './shipment.js';
import { StepFinishedHandler } from './step-finished.handler.js';

/** Wires and starts a log shipper. @throws when NATS cannot be reached or is not set up */
export const startLogShipper = async (config: LogShipperConfig): Promise<RunningService> => {
  const logs = createLogStore({
    directory: config.CAIRN_LOG_DIR ?? join(config.CAIRN_DATA_DIR, 'logs'),
    writes: true,
    ...(config.ELASTICSEARCH_URL === undefined ? {} : { elasticsearchUrl: config.ELASTICSEARCH_URL }),
  });
  const service = await startConsumers({
    name: 'log-shipper',
    nats: natsSettings(config, 'log-shipper'),
    logLevels: levelsFrom(config.CAIRN_LOG_LEVEL),
    controllers: [LogChunksHandler, StepFinishedHandler],
    providers: [Shipment, { provide: LOG_STORE, useValue: logs }],
  });
  return {
    get: (token) => service.get(token),
    stop: async () => {
      await service.stop();
      await logs.close();
    },
  };
};
