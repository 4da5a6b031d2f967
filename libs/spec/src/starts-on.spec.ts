import { asksForFiles, hasSkipMark, schedulesOf, startsOn } from './index.js';
import { pipelineOf, pullRequest, tag, trigger } from './test-specs.js';
import type { Trigger } from '#events';

const verdict = (on: string | undefined, event: Trigger, files?: string[]): string => {
  const { runs, detail, line } = startsOn(pipelineOf('steps: [ls]', ...(on ? [`on: ${on}`] : [])), event, files);
  return `${runs ? 'yes' : 'no'}: ${detail}${line === undefined ? '' : ` (line ${line})`}`;
};
const fork = pullRequest({ fork: true, head: 'main' });
const schedule = trigger({ event: 'schedule' });
const manual = trigger({ event: 'manual' });

describe('startsOn', () => {
  it('builds pushes and pull requests from forks where there is no `on`', () => {
    expect(verdict(undefined, trigger())).toBe('yes: without `on` every push to a branch is built');
    expect(verdict(undefined, fork)).toBe('yes: without `on` pull requests from forks are built');
    expect(verdict(undefined, pullRequest())).toMatch(
      /^no: a pull request of the same repository is built by its push/,
    );
    expect(verdict(undefined, tag('v1'))).toBe('no: a build by tag must be named in `on`');
    expect(verdict(undefined, schedule)).toBe('no: a build by schedule must be named in `on`');
    expect(verdict(undefined, manual)).toBe('yes: it was asked for');
  });

  it.each(['push', '[push]', '{push: }', '{push: {}}'])('takes %s for pushes to any branch, and nothing else', (on) => {
    expect(verdict(on, trigger({ branch: 'topic' }))).toBe('yes: `on.push` matches (line 2)');
    expect(verdict(on, fork)).toBe('no: `on` does not name `pull_request` (line 2)');
    expect(verdict(on, tag('v1'))).toBe('no: `on` does not name `tag` (line 2)');
    expect(verdict(on, schedule)).toBe('no: `on` does not name `schedule` (line 2)');
    expect(verdict(on, manual)).toBe('yes: it was asked for');
  });

  it('compares the branch of a push', () => {
    const on = "{push: {branches: [main, 'release/*', '!release/old']}}";
    expect(verdict(on, trigger())).toMatch(/^yes/);
    expect(verdict(on, trigger({ branch: 'release/1' }))).toMatch(/^yes/);
    expect(verdict(on, trigger({ branch: 'release/old' }))).toBe(
      'no: the branch `release/old` does not match `on.push.branches` (line 2)',
    );
    expect(verdict(on, trigger({ branch: 'topic' }))).toMatch(/^no/);
  });

  it('compares the base of a pull request, never its head', () => {
    expect(verdict('{pull_request: {branches: main}}', pullRequest({ base: 'main', head: 'x' }))).toMatch(/^yes/);
    expect(verdict('{pull_request: {branches: main}}', pullRequest({ base: 'next', head: 'main' }))).toBe(
      'no: the base `next` does not match `on.pull_request.branches` (line 2)',
    );
    expect(verdict('pull_request', pullRequest())).toBe('yes: `on.pull_request` matches (line 2)');
  });

  it('never takes a pull request from a branch named like a pushed one for a push', () =>
    expect(verdict('{push: {branches: [main]}}', fork)).toBe('no: `on` does not name `pull_request` (line 2)'));

  it('compares tags only where they are named', () => {
    expect(verdict('tag', tag('x'))).toBe('yes: `on.tag` matches (line 2)');
    expect(verdict("{tag: 'v*'}", tag('v1'))).toBe('yes: `on.tag` matches (line 2)');
    expect(verdict("{tag: ['v*', '!v0*']}", tag('v0.1'))).toBe('no: the tag `v0.1` does not match `on.tag` (line 2)');
    expect(verdict("{push: {tags: 'v*'}}", tag('v1'))).toBe('yes: `on.push.tags` matches (line 2)');
    expect(verdict("{push: {tags: 'v*'}}", trigger())).toBe('no: `on.push` names only tags (line 2)');
    expect(verdict("{push: {tags: 'v*', branches: main}}", trigger())).toMatch(/^yes/);
  });

  it('compares changed files, and takes unknown ones for matching', () => {
    const on = "{push: {paths: ['src/**', '!**/*.md']}}";
    expect(verdict(on, trigger(), ['src/a.ts', 'README.md'])).toMatch(/^yes/);
    expect(verdict(on, trigger(), ['README.md', 'src/x.md'])).toBe(
      'no: no changed file matches `on.push.paths` (line 2)',
    );
    expect(verdict(on, trigger(), [])).toMatch(/^no/);
    expect(verdict(on, trigger(), undefined)).toMatch(/^yes/);
    expect(verdict("{pull_request: {paths: 'src/**'}}", pullRequest(), ['docs/x'])).toBe(
      'no: no changed file matches `on.pull_request.paths` (line 2)',
    );
  });

  it('begins by the clock where `schedule` is named', () => {
    const on = '{schedule: [{cron: "0  3 * * MON-FRI"}, {cron: "*/15 * * * *"}]}';
    expect(verdict(on, schedule)).toBe('yes: `on.schedule` names the time (line 2)');
    expect(schedulesOf(pipelineOf('steps: [ls]', `on: ${on}`))).toEqual([
      { cron: '0 3 * * MON-FRI', line: 2 },
      { cron: '*/15 * * * *', line: 2 },
    ]);
    expect(schedulesOf(pipelineOf('steps: [ls]'))).toEqual([]);
  });
});

describe('asksForFiles', () => {
  const asks = (event: Trigger, ...lines: string[]): boolean => asksForFiles(pipelineOf(...lines), event);

  it('only when some `paths` can matter', () => {
    expect(asks(trigger(), 'steps: [ls]')).toBe(false);
    expect(asks(trigger(), 'on: {push: {paths: x}}', 'steps: [ls]')).toBe(true);
    expect(asks(trigger({ branch: 'b' }), 'on: {push: {paths: x, branches: main}}', 'steps: [ls]')).toBe(false);
    expect(asks(pullRequest(), 'on: {push: {branches: a, paths: x}, pull_request: }', 'steps: [ls]')).toBe(false);
    expect(asks(trigger(), 'when: {paths: x}', 'steps: [ls]')).toBe(true);
    expect(asks(trigger(), 'steps: [{run: ls, when: {paths: x}}]')).toBe(true);
    expect(asks(trigger({ event: 'manual' }), 'when: {paths: x}', 'steps: [ls]')).toBe(false);
  });
});

describe('hasSkipMark', () => {
  it.each(['Fix [skip ci]', '[CI SKIP] fix', 'fix\n\n[Skip Cairn]'])('in %j', (text) =>
    expect(hasSkipMark(text)).toBe(true),
  );
  it.each(['skip ci', '[skip  ci]', '[skipci]', ''])('not in %j', (text) => expect(hasSkipMark(text)).toBe(false));
});
