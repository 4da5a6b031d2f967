import { ElasticsearchLogStore } from './elasticsearch-log-store.js';
import { EmbeddedLogStore } from './embedded-log-store.js';
import type { LogStore } from './log-store.js';

/**
 * Elasticsearch when its address is given, else files below the directory. Connects and makes files only when used. `writes`:
 * logs are appended to it, which one process does.
 */
export const createLogStore = ({
  elasticsearchUrl,
  directory,
  writes,
}: Readonly<{ elasticsearchUrl?: string | undefined; directory: string; writes: boolean }>): LogStore =>
  elasticsearchUrl
    ? new ElasticsearchLogStore({ url: elasticsearchUrl })
    : new EmbeddedLogStore(directory, { indexes: writes });
