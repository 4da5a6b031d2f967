export * from './bare-mirror.js';
export { lateArchive } from './late-archive.js';
export { SubmoduleForge } from './submodule-forge.js';
export type { SourceRequest } from './source-request.js';
