import type { CairnEvent } from '#events';
import { finished, INFRASTRUCTURE, jobFinished, jobLost, jobStarted, STEP_FAILED } from '#testing';
import type { ChaosBuild } from './chaos-builds.js';
import { reasonsIn, violationsOf } from './guarantees.js';

const expected: ChaosBuild = { spec: '', status: 'passed', jobs: { first: 'passed' } };
const history = (...events: readonly CairnEvent[]) =>
  [...events, finished('passed')].map((event, index) => ({ sequence: index + 1, subject: 'build.1.job.first', event }));
const violations = (...events: readonly CairnEvent[]): string[] => violationsOf(history(...events), expected);

describe('the guarantees that a chaos run looks at', () => {
  it('are content with an attempt that passed, also after others that were lost', () => {
    expect(violations(jobStarted(1), jobFinished(1))).toEqual([]);
    const events = [jobStarted(1), jobLost(1), jobStarted(2), jobFinished(2, 'failed', INFRASTRUCTURE)] as const;
    expect(violations(...events, jobStarted(3), jobFinished(3))).toEqual([]);
    expect(reasonsIn(history(...events))).toEqual(['its heartbeat is missing', INFRASTRUCTURE.message]);
  });

  it.each([
    ['a job that never began', [], 'first never began'],
    ['an attempt that never ended', [jobStarted(1)], 'first: attempt 1 ended 0 times'],
    ['an attempt that began twice', [jobStarted(1), jobStarted(1), jobFinished(1)], 'first began the attempts 1, 1'],
    ['a number left out', [jobStarted(2), jobFinished(2)], 'first began the attempts 2'],
    [
      'a second run of what had passed',
      [jobStarted(1), jobFinished(1), jobStarted(2), jobFinished(2)],
      'first: attempt 1 was repeated without a reason',
    ],
    [
      'a second run of what had failed by itself',
      [jobStarted(1), jobFinished(1, 'failed', STEP_FAILED), jobStarted(2), jobFinished(2)],
      'first: attempt 1 was repeated without a reason',
    ],
  ] as const)('tell of %s', (_, events, words) => expect(violations(...events)).toContain(words));

  it('tell of another end than was to be, of a build and of a job', () => {
    const wrong = violationsOf(history(jobStarted(1), jobFinished(1)), {
      ...{ spec: '', status: 'failed' },
      jobs: { first: 'failed', then: 'skipped' },
    });
    expect(wrong).toEqual([
      'the build ended as passed',
      'first: its last attempt, 1, ended with {"attempt":1,"outcome":"passed"}',
    ]);
  });
});
