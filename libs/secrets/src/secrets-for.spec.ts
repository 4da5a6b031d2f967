import type { Trigger } from '#events';
import { secretsFor } from './index.js';
import type { StoredSecret } from './stored-secret.js';

const secret = (change: Partial<StoredSecret> = {}): StoredSecret => ({
  ...{ repo: 'octo/app', name: 'KEY', value: 'a secret value', events: ['push'] },
  ...change,
});
const given = (trigger: Partial<Trigger>, ...secrets: readonly StoredSecret[]) => ({
  ask: (...names: readonly string[]): string[] => {
    const push = { event: 'push' as const, ref: 'refs/heads/main', isDefaultBranch: true };
    const seeker = { repo: 'octo/app', repoId: 'gh-7', trigger: { ...push, ...trigger } };
    return [...secretsFor(secrets, names, seeker).values()];
  },
});
const pullRequest = (fork: boolean): Partial<Trigger> => ({
  event: 'pull_request',
  ref: 'refs/pull/3/head',
  isDefaultBranch: false,
  pullRequest: { number: 3, head: 'main', base: 'main', fork, title: '' },
});
const branch = (name: string, event: Trigger['event'] = 'push'): Partial<Trigger> => ({
  ...{ event, ref: `refs/heads/${name}`, isDefaultBranch: false },
});
const tag: Partial<Trigger> = { event: 'tag', ref: 'refs/tags/main', isDefaultBranch: false };

describe('secrets for a job', () => {
  const all: StoredSecret['events'] = ['push', 'tag', 'schedule', 'manual', 'pull_request'];

  it.each<[string, Partial<Trigger>, Partial<StoredSecret>]>([
    ['a push of the default branch', {}, {}],
    ['a push of a branch that is named', branch('release/2'), { branches: ['main', 'release/*'] }],
    ['a tag', tag, { events: ['tag'] }],
    ['a schedule', { event: 'schedule' }, { events: ['schedule'] }],
    ['a manual run of a branch', branch('x', 'manual'), { events: ['manual'], branches: ['**'] }],
    ['a manual run of a tag', { ...tag, event: 'manual' }, { events: ['manual', 'tag'] }],
    ['a pull request', pullRequest(false), { events: ['pull_request'] }],
    ['capital letters in the name', {}, { repo: 'Octo/App' }],
    ['the id of the repository', {}, { repo: 'gh-7' }],
  ])('are given to %s', (_, trigger, change) =>
    expect(given(trigger, secret(change)).ask('KEY')).toEqual(['a secret value']),
  );

  it.each<[string, Partial<Trigger>, Partial<StoredSecret>]>([
    ['a push of another branch', branch('other'), {}],
    ['a branch that no pattern fits', branch('release/2'), { branches: ['main', 'release-*'] }],
    ['the default branch when others are named', {}, { branches: ['release/*'] }],
    ['a tag that is called like the branch', tag, {}],
    ['a tag, whatever the branches say', tag, { branches: ['**'] }],
    ['a manual run', { event: 'manual' }, {}],
    ['a manual run of a tag', { ...tag, event: 'manual' }, { events: ['manual'], branches: ['**'] }],
    ['a schedule', { event: 'schedule' }, {}],
    ['a pull request', pullRequest(false), { branches: ['**'] }],
    [
      'a pull request without a word on where it is from',
      { ...pullRequest(false), pullRequest: undefined },
      { events: all },
    ],
    ['another repository', {}, { repo: 'octo/other' }],
  ])('are not given to %s', (_, trigger, change) =>
    expect(() => given(trigger as Partial<Trigger>, secret(change)).ask('KEY')).toThrow(
      /^the secret KEY is .*cairn secret set/,
    ),
  );

  it.each([secret({ events: all, branches: ['**'] }), secret({ events: all })])('never go to a fork (%#)', (stored) => {
    for (const event of all)
      expect(() => given({ ...pullRequest(true), event, ref: 'refs/heads/main' }, stored).ask('KEY')).toThrow(
        /^a pull request from a fork gets no secrets, and the job asks for KEY/,
      );
    expect(given(pullRequest(true), stored).ask()).toEqual([]);
  });

  it('are refused with every name at once, and no value', () => {
    const ask = (): string[] => given(branch('dev'), secret(), secret({ name: 'B' })).ask('KEY', 'B', 'C');
    expect(ask).toThrow(
      /KEY is kept for push of the default branch, and this is a push of dev; .* the secret B .* the secret C is not stored for octo\/app/,
    );
    expect(ask).not.toThrow(/a secret value/);
  });

  it('are the ones of the id before those of the name', () =>
    expect(given({}, secret(), secret({ repo: 'gh-7', value: 'by its id' })).ask('KEY')).toEqual(['by its id']));

  it('are not too many for one job', () => {
    const secrets = ['A', 'B', 'C'].map((name) => secret({ name, value: name.repeat(16 * 1024) }));
    expect(given({}, ...secrets).ask('A', 'B')).toHaveLength(2);
    expect(() => given({}, ...secrets).ask('A', 'B', 'C')).toThrow(/49152 bytes/);
  });
});
