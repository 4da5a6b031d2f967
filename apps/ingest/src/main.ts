import { loadConfig, runService } from '#config';
import { IngestConfig } from './ingest.config.js';
import { startIngest } from './start-ingest.js';

await runService('ingest', () => startIngest(loadConfig(IngestConfig)));
