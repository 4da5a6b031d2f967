export * from './blob-settings.js';
export * from './forge-settings.js';
export * from './environment.js';
export * from './load-config.js';
export * from './page-address.js';
export * from './run-service.js';
export * from './settings.js';
