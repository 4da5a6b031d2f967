export * from './bare-mirror.js';
export type { SourceRequest } from './source-request.js';
