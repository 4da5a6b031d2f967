export * from './cairn-error.js';
export * from './config.errors.js';
export * from './domain.errors.js';
export * from './executor.errors.js';
export * from './forge.errors.js';
export * from './http.errors.js';
export * from './log.errors.js';
export * from './store.errors.js';
