export * from './open-builds.js';
