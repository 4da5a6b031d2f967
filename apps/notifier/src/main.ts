import { loadConfig, runService } from '#config';
import { NotifierConfig } from './notifier.config.js';
import { startNotifier } from './start-notifier.js';

await runService('notifier', () => startNotifier(loadConfig(NotifierConfig)));
