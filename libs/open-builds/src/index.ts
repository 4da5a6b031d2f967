export * from './open-builds.js';
export * from './open-groups.js';
