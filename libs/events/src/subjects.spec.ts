import fc from 'fast-check';
import { InvalidSubjectToken } from '#errors';
import { buildId } from './ids.js';
import { aggregateOf, logAddressOf, startSequenceOf, subjects } from './subjects.js';

const BUILD = buildId(42, 'x');
const GUID = 'ABCDEF01-1111-4111-8111-111111111111';

describe('subjects', () => {
  it('are those of the design', () => {
    expect(subjects.webhook('pull_request')).toBe('webhooks.github.pull_request');
    expect(subjects.delivery(GUID)).toBe(`delivery.${GUID.toLowerCase()}`);
    expect(subjects.request(GUID)).toBe(`request.${GUID.toLowerCase()}`);
    expect(subjects.requests('cancel')).toBe('requests.cancel');
    expect(subjects.repo('gh-1')).toBe('repo.gh-1');
    expect(subjects.plan(BUILD)).toBe(`build.${BUILD}.plan`);
    expect(subjects.job(BUILD, 'test')).toBe(`build.${BUILD}.job.test`);
    expect(subjects.log(BUILD, 'test')).toBe(`build.${BUILD}.log.test`);
    expect(subjects.notice(BUILD)).toBe(`build.${BUILD}.notice`);
    expect(subjects.cancel(BUILD)).toBe(`cancel.${BUILD}`);
    expect(subjects.queue('default')).toBe('queue.default');
    expect(subjects.logs(BUILD, 'test', 1, 0)).toBe(`logs.${BUILD}.test.1.0`);
    expect(subjects.dead('planner')).toBe('dead.planner');
  });

  it('hide a group’s name in a hash', () => {
    expect(subjects.group('gh-1', 'a.b > *')).toMatch(/^group\.gh-1\.[0-9a-f]{16}$/);
    expect(subjects.group('gh-1', 'a')).not.toBe(subjects.group('gh-1', 'b'));
  });

  it('take no text from outside that is not checked', () => {
    const makers: ((text: string) => string)[] = [
      (text) => subjects.webhook(text),
      (text) => subjects.delivery(text),
      (text) => subjects.request(text),
      (text) => subjects.requests(text),
      (text) => subjects.repo(text),
      (text) => subjects.group(text, 'x'),
      (text) => subjects.plan(text),
      (text) => subjects.notice(text),
      (text) => subjects.cancel(text),
      (text) => subjects.job(BUILD, text),
      (text) => subjects.job(text, 'test'),
      (text) => subjects.log(BUILD, text),
      (text) => subjects.queue(text),
      (text) => subjects.logs(BUILD, text, 1, 0),
      (text) => subjects.logs(text, 'test', 1, 0),
    ];
    const hostile = fc.oneof(
      fc.constantFrom('', '*', '>', 'a.b', 'a b', '../../etc', `${BUILD}.plan`, `${GUID}\n`, 'x\r\nPUB y 0'),
      fc.tuple(fc.string(), fc.constantFrom('.', '*', '>', ' ', '\n', '/'), fc.string()).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(fc.constantFrom(...makers), hostile, (make, text) => {
        expect(() => make(text)).toThrow(InvalidSubjectToken);
      }),
    );
  });

  it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53])('take no attempt %p', (attempt) => {
    expect(() => subjects.logs(BUILD, 'test', attempt, 0)).toThrow(InvalidSubjectToken);
    expect(() => subjects.logs(BUILD, 'test', 1, attempt)).toThrow(InvalidSubjectToken);
  });

  it('are taken apart again', () => {
    expect(aggregateOf(subjects.delivery(GUID))).toEqual({ kind: 'delivery', id: GUID.toLowerCase() });
    expect(aggregateOf(subjects.request(GUID))).toEqual({ kind: 'request', id: GUID.toLowerCase() });
    expect(aggregateOf(subjects.repo('gh-1'))).toEqual({ kind: 'repo', repoId: 'gh-1' });
    expect(aggregateOf('group.gh-1.abc')).toEqual({ kind: 'group', repoId: 'gh-1', group: 'abc' });
    expect(aggregateOf(subjects.plan(BUILD))).toEqual({ kind: 'plan', buildId: BUILD });
    expect(aggregateOf(subjects.notice(BUILD))).toEqual({ kind: 'notice', buildId: BUILD });
    expect(aggregateOf(subjects.job(BUILD, 'test'))).toEqual({ kind: 'job', buildId: BUILD, jobId: 'test' });
    expect(aggregateOf(subjects.log(BUILD, 'test'))).toEqual({ kind: 'log', buildId: BUILD, jobId: 'test' });
    for (const foreign of ['queue.default', `build.${BUILD}`, `build.${BUILD}.other`, '', 'x'])
      expect(aggregateOf(foreign)).toBeUndefined();
  });

  it('say where a load may start', () => {
    for (const subject of [subjects.plan(BUILD), subjects.job(BUILD, 'test'), subjects.notice(BUILD)])
      expect(startSequenceOf(subject)).toBe(42);
    for (const subject of [subjects.repo('gh-1'), subjects.delivery(GUID), 'build.odd.plan', 'other'])
      expect(startSequenceOf(subject)).toBe(1);
  });

  it('of logs give the address, or nothing where it is not exactly one', () => {
    expect(logAddressOf(subjects.logs(BUILD, 'test', 2, 3))).toEqual({
      buildId: BUILD,
      jobId: 'test',
      attempt: 2,
      step: 3,
    });
    for (const rest of ['', '.1', '.1.x', '.x.1', '.1.', '.-1.0', '.1e3.0', '.1.0.2', '.0x1.1', `.${'9'.repeat(20)}.1`])
      expect(logAddressOf(`logs.${BUILD}.test${rest}`)).toBeUndefined();
    expect(logAddressOf('logs.odd.test.1.0')).toBeUndefined();
    expect(logAddressOf(`other.${BUILD}.test.1.0`)).toBeUndefined();
  });
});
