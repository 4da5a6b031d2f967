export { createLogStore } from './create-log-store.js';
export { ElasticsearchLogStore, type ElasticsearchLogStoreOptions } from './elasticsearch-log-store.js';
export { EmbeddedLogStore, type EmbeddedLogStoreOptions } from './embedded-log-store.js';
export * from './log-store.js';
export { parseLogQuery, type LogQuery } from './search/log-query.js';
export type { LogHit, LogSearch, LogSearchPage } from './search/log-search.js';
