export * from './bare-mirror.js';
export { SubmoduleForge } from './submodule-forge.js';
export type { SourceRequest } from './source-request.js';
