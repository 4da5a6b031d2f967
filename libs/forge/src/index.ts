export * from './forge.js';
export { createForges, type ForgeSettings } from './forges.js';
export { GitForge } from './git-forge.js';
export { GitHubForge } from './github-forge.js';
