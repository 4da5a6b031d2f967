import { join } from 'node:path';
import { Inject, Injectable, type FactoryProvider, type OnApplicationShutdown } from '@nestjs/common';
import { createLogStore, type LogStore } from '#log-store';
import { ViewerConfig } from '../viewer.config.js';

export const LOG_STORE = Symbol('LogStore');

export const logStoreProvider: FactoryProvider<LogStore> = {
  provide: LOG_STORE,
  inject: [ViewerConfig],
  useFactory: ({ ELASTICSEARCH_URL, CAIRN_LOG_DIR, CAIRN_DATA_DIR }: ViewerConfig) =>
    createLogStore({
      elasticsearchUrl: ELASTICSEARCH_URL,
      directory: CAIRN_LOG_DIR ?? join(CAIRN_DATA_DIR, 'logs'),
      writes: false,
    }),
};

/** Closes the store when the service stops. */
@Injectable()
export class LogStoreCloser implements OnApplicationShutdown {
  constructor(@Inject(LOG_STORE) private readonly store: LogStore) {}

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
