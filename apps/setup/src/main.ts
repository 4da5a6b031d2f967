import { loadConfig } from '#config';
import { CairnError, messageOf } from '#errors';
import { setUp } from './set-up.js';
import { SetupConfig } from './setup.config.js';

try {
  await setUp(loadConfig(SetupConfig), (line) => process.stdout.write(`setup: ${line}\n`));
} catch (error) {
  process.stderr.write(`setup: ${messageOf(error)}\n`);
  process.exitCode = error instanceof CairnError && error.code === 'CAIRN_INVALID_SETTINGS' ? 2 : 1;
}
