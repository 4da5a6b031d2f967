import type { Condition, PlannedJob, Trigger } from '#events';
import { finished, plannedJob, queued, settled, skipped, specify, triggerOf } from '#testing';
import { built, ended, failed, passed, readyAfter, settle, stateAfter } from './plan.commands.builder.js';
import { planDecider, type SettledAttempt } from './plan.decider.js';

const given = specify(planDecider);

describe('a condition', () => {
  const any = ['passed', 'failed', 'cancelled'] as const;
  const story = (when: Condition, change: Partial<PlannedJob> = {}, trigger?: Trigger) => [
    ...built([plannedJob('a'), plannedJob('b', ['a'], change), plannedJob('c', ['b'])], { b: { when } }, trigger),
    queued(['a', 1]),
  ];
  const after = (row: SettledAttempt, ...told: Parameters<typeof story>) =>
    readyAfter(...story(...told), settled(ended(row)));
  const wrote = (outputs: Record<string, string>) => ({ ...passed('a'), outputs });

  it('may ask for what a need wrote, and is asked only when that has ended', () => {
    const when = { expression: "needs.a.DEPLOY == 'yes'", line: 3 };
    expect(readyAfter(...story(when))).toEqual([]);
    expect(after(wrote({ DEPLOY: 'yes' }), when)).toEqual(['b']);
    const detail = "`needs.a.DEPLOY == 'yes'` is false";
    given(...story(when))
      .when(settle(wrote({ DEPLOY: 'no' })))
      .then(settled(ended(wrote({ DEPLOY: 'no' }))), skipped({ jobId: 'b', reason: 'when', detail, line: 3 }));
    expect(after(wrote({ DEPLOY: 'no' }), when)).toEqual(['c']);
  });
  it.each([
    ["matrix.node == '20'", true],
    ["matrix.node == '22'", false],
    ["cairn.branch == 'feature' && cairn.event == 'push'", true],
    ["cairn.repo == 'ada/engine' && cairn.repo_id == '1' && cairn.job == 'b'", true],
    ["inputs.target == 'production'", true],
    ['cairn.pull_request', false],
    ['passed()', true],
    ['failed()', false],
    ['always()', true],
    ['needs.a.constructor', false],
  ])('knows the build: %s', (expression, holds) =>
    expect(
      after(
        wrote({}),
        { expression, status: any },
        { cell: { node: '20' } },
        triggerOf({ inputs: { target: 'production' } }),
      ),
    ).toEqual(holds ? ['b'] : ['c']),
  );
  it('is asked with the status of the needs; one that is false after a failure does not hide it', () => {
    expect(after(failed('a'), { expression: 'failed()', status: any })).toEqual(['b']);
    given(...story({ expression: 'passed()', status: any }))
      .when(settle(failed('a')))
      .then(
        settled(ended(failed('a'))),
        skipped(
          { jobId: 'b', reason: 'need', because: 'a', detail: '`passed()` is false' },
          { jobId: 'c', reason: 'need', because: 'b' },
        ),
        finished('failed'),
      );
  });
  it.each(['needs.a.', "hash('**')", "'a' < 'b'"])(
    'that cannot be worked out counts as a failure: %s',
    (expression) => {
      const past = story({ expression, line: 4 });
      const events = planDecider.decide(stateAfter(...past), settle(passed('a')));
      expect(events.slice(1).map(({ type, data }) => ({ type, data }))).toEqual([
        {
          type: 'JobsSkipped',
          data: {
            jobs: [
              {
                ...{ jobId: 'b', reason: 'when', line: 4, fault: true },
                detail: expect.stringContaining('cannot be worked out') as string,
              },
              { jobId: 'c', reason: 'need', because: 'b' },
            ],
          },
        },
        { type: 'BuildFinished', data: { status: 'failed' } },
      ]);
      expect(stateAfter(...past, ...events).finished).toBe('failed');
    },
  );
});
