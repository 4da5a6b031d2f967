import { loadConfig, runService } from '#config';
import { startViewer } from './start-viewer.js';
import { ViewerConfig } from './viewer.config.js';

await runService('viewer', () => startViewer(loadConfig(ViewerConfig)));
