export { createGitFixture, runGit, type FixtureFile, type GitFixture } from './git-fixture.js';
export { startFakeGitHub, type FakeGitHub } from './fake-github.js';
export type * from './fake-github.types.js';
export * from './faults.js';
export * from './webhook.js';
export * from './lfs-storage.js';
