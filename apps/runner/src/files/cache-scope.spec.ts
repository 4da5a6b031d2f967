import type { Trigger } from '#events';
import { cacheScopes } from './cache-scope.js';

const trigger = (change: Partial<Trigger>): Trigger => ({
  ...{ event: 'push', ref: 'refs/heads/main', sha: 'a'.repeat(40), isDefaultBranch: false, title: '', author: '' },
  ...change,
});
const MAIN = trigger({ branch: 'main', isDefaultBranch: true });
const FEATURE = trigger({ branch: 'feature', ref: 'refs/heads/feature' });
const pull = (base: string, fork: boolean): Trigger =>
  trigger({
    event: 'pull_request',
    ref: 'refs/pull/7/head',
    pullRequest: { number: 7, head: 'main', base, fork, title: '' },
  });

describe('the scopes of caches', () => {
  it('are the branch, and what everybody reads', () => {
    expect(cacheScopes(MAIN)).toEqual(['default']);
    expect(cacheScopes(FEATURE)).toEqual([expect.stringMatching(/^branch-[0-9a-f]{16}$/), 'default']);
    expect(cacheScopes(trigger({ tag: 'v1', ref: 'refs/tags/v1' }))[0]).toMatch(/^tag-/);
  });

  it.each([true, false])("let a pull request read its base's, and write its own alone (fork: %s)", (fork) => {
    const [own, base, all] = cacheScopes(pull('feature', fork));
    expect([own, base, all]).toEqual(['pr-7', cacheScopes(FEATURE)[0], 'default']);
  });

  it('never let a name choose the scope of something else', () => {
    const names = ['default', 'pr-7', 'tag-v1', 'main', 'branch-main'];
    const own = names.map((branch) => cacheScopes(trigger({ branch }))[0]);
    expect(new Set([...own, 'default', 'pr-7', cacheScopes(trigger({ tag: 'main' }))[0]]).size).toBe(names.length + 3);
  });
});
