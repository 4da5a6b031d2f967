import { loadConfig } from '#config';
import { natsAccounts } from '../../../deploy/nats/accounts.js';
import { SetupConfig } from './setup.config.js';

/** Prints `deploy/nats/accounts.conf` for the pools in `CAIRN_POOLS`. */
process.stdout.write(natsAccounts(loadConfig(SetupConfig).CAIRN_POOLS));
