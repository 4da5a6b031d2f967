import 'reflect-metadata';
import { loadConfig, runService } from '#config';
import { LogShipperConfig } from './log-shipper.config.js';
import { startLogShipper } from './start-log-shipper.js';

await runService('log-shipper', () => startLogShipper(loadConfig(LogShipperConfig)));
