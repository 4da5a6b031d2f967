import { jobId, type PlanEvent, type PlannedJob } from '#events';
import {
  cellOf,
  finished,
  plannedJob,
  planOfJobs,
  planned,
  queued,
  requestOf,
  requested,
  settled,
  skipped,
  specify,
} from '#testing';
import {
  CONTEXT,
  again,
  broken,
  built,
  cancelledJob,
  ended,
  failed,
  passed,
  plan,
  queue,
  readyAfter,
  settle,
  stateAfter,
} from './plan.commands.builder.js';
import { planDecider, type PlanCommand } from './plan.decider.js';

const given = specify(planDecider);
const against = { why: { runs: false, detail: 'only on `main`', line: 7 } };

const [N20, N22, N24] = ['20', '22', '24'].map((node) => jobId('test', { node })) as [string, string, string];
const cells = (needs: string[] = []) => ['20', '22', '24'].map((node) => cellOf('test', { node }, needs));

describe('needs', () => {
  const start = built([...cells(), plannedJob('deploy', ['test'])]);
  const running = [...start, queued([N20, 1], [N22, 1], [N24, 1])];

  it('by the name of a matrix are all its cells', () => {
    const most = [...running, settled(ended(passed(N20)), ended(passed(N24)))];
    expect(readyAfter(...most)).toEqual([]);
    expect(readyAfter(...most, settled(ended(passed(N22))))).toEqual(['deploy']);
  });
  it('are lost with the first cell', () =>
    given(...running)
      .when(settle(failed(N22)))
      .then(settled(ended(failed(N22))), skipped({ jobId: 'deploy', reason: 'need', because: N22 })));
  it('are lost through what was skipped, however far, and the build ends as what came first', () => {
    const chain = built([plannedJob('a'), plannedJob('b', ['a']), plannedJob('c', ['b'])]);
    const skips = skipped({ jobId: 'b', reason: 'need', because: 'a' }, { jobId: 'c', reason: 'need', because: 'b' });
    given(...chain, queued(['a', 1]))
      .when(settle(failed('a')))
      .then(settled(ended(failed('a'))), skips, finished('failed'));
    given(...chain, queued(['a', 1]))
      .when(settle(cancelledJob('a')))
      .then(settled(ended(cancelledJob('a'))), skips, finished('cancelled'));
  });
  it('that are optional may be skipped for whatever reason, or not be there, but not fail', () => {
    const optional = { optionalNeeds: ['b', 'gone'] };
    const jobs = [plannedJob('a'), plannedJob('b', ['a']), plannedJob('c', ['b', 'gone'], optional)];
    given(...built(jobs), queued(['a', 1]))
      .when(settle(failed('a')))
      .then(settled(ended(failed('a'))), skipped({ jobId: 'b', reason: 'need', because: 'a' }));
    const half = [settled(ended(failed('a'))), skipped({ jobId: 'b', reason: 'need', because: 'a' })];
    expect(readyAfter(...built(jobs), queued(['a', 1]), ...half)).toEqual(['c']);
    given(...built(jobs), queued(['a', 1]), settled(ended(passed('a'))), queued(['b', 1]))
      .when(settle(failed('b')))
      .then(settled(ended(failed('b'))), skipped({ jobId: 'c', reason: 'need', because: 'b' }), finished('failed'));
  });
});

describe('a job whose own `when` decided against it', () => {
  const off = { jobId: 'lint', reason: 'when' as const, detail: 'only on `main`', line: 7 };

  it('is skipped when the build is planned, and holds up nobody', () => {
    const jobs = planOfJobs([plannedJob('lint', [], against), plannedJob('test', ['lint'])]);
    given(requested()).when(plan(jobs)).then(planned(jobs), skipped(off));
    expect(readyAfter(requested(), planned(jobs), skipped(off))).toEqual(['test']);
    expect(readyAfter(requested(), planned(jobs))).toEqual(['test']); // a crash came before the skip
  });
  it('leaves a build that has passed, when there is nothing else', () => {
    const jobs = planOfJobs([plannedJob('lint', [], against)]);
    given(requested()).when(plan(jobs)).then(planned(jobs), skipped(off), finished('passed'));
  });
});

describe('the status that a job asks of what it needs', () => {
  const two = (status: readonly ('passed' | 'failed' | 'cancelled')[], line?: number) =>
    built([plannedJob('a'), plannedJob('b'), plannedJob('tidy', ['a', 'b']), plannedJob('after', ['tidy'])], {
      tidy: { when: { status, ...(line === undefined ? {} : { line }) } },
    });
  const both = queued(['a', 1], ['b', 1]);

  it('is looked at when all of them have ended', () => {
    const story = [...two(['failed']), both, settled(ended(failed('a')))];
    expect(readyAfter(...story)).toEqual([]);
    expect(readyAfter(...story, settled(ended(passed('b'))))).toEqual(['tidy']);
  });
  it('that did not come about skips it by its own `when`: its dependants go on', () => {
    const skip = { jobId: 'tidy', reason: 'when' as const, detail: 'runs only when what it needs has failed', line: 9 };
    given(...two(['failed'], 9), both, settled(ended(passed('a'))))
      .when(settle(passed('b')))
      .then(settled(ended(passed('b'))), skipped(skip));
    expect(
      readyAfter(...two(['failed']), both, settled(ended(passed('a')), ended(passed('b'))), skipped(skip)),
    ).toEqual(['after']);
  });
  it('that cannot come about any more skips it at once', () => {
    for (const [status, end] of [[['passed', 'cancelled'], failed] as const, [['passed'], cancelledJob] as const])
      given(...two(status), both)
        .when(settle(end('a')))
        .then(
          settled(ended(end('a'))),
          skipped({ jobId: 'tidy', reason: 'need', because: 'a' }, { jobId: 'after', reason: 'need', because: 'tidy' }),
        );
    given(...two(['passed', 'failed']), both)
      .when(settle(cancelledJob('a')))
      .then(settled(ended(cancelledJob('a')))); // b may still fail
  });
  it('may be any: then it runs in every case', () => {
    const always = two(['passed', 'failed', 'cancelled']);
    for (const end of [passed, failed, cancelledJob])
      expect(readyAfter(...always, both, settled(ended(end('a')), ended(passed('b'))))).toEqual(['tidy']);
  });
  it('is one failure, even beside a cancellation', () =>
    expect(readyAfter(...two(['failed']), both, settled(ended(cancelledJob('a')), ended(failed('b'))))).toEqual([
      'tidy',
    ]));
});

describe('a job that may fail', () => {
  it('holds up nobody, and the build passes', () => {
    const start = built([plannedJob('a'), plannedJob('b', ['a'])], { a: { allowFailure: true } });
    given(...start, queued(['a', 1]))
      .when(settle(failed('a')))
      .then(settled(ended(failed('a'))));
    given(...start, queued(['a', 1]), settled(ended(failed('a'))), queued(['b', 1]))
      .when(settle(passed('b')))
      .then(settled(ended(passed('b'))), finished('passed'));
  });
  it('may not be cancelled', () =>
    given(...built([plannedJob('a'), plannedJob('b', ['a'])], { a: { allowFailure: true } }), queued(['a', 1]))
      .when(settle(cancelledJob('a')))
      .then(
        settled(ended(cancelledJob('a'))),
        skipped({ jobId: 'b', reason: 'need', because: 'a' }),
        finished('cancelled'),
      ));
});

describe('another attempt', () => {
  const one = built([plannedJob('a', [], { infrastructureRetries: 1 })], { a: { commandRetries: 1 } });
  const second = [...one, queued(['a', 1]), settled(again(failed('a'))), queued(['a', 2])];

  it('follows a failed command as often as the spec grants it', () => {
    given(...one, queued(['a', 1]))
      .when(settle(failed('a')))
      .then(settled(again(failed('a'))));
    given(...second)
      .when(settle(failed('a', 2)))
      .then(settled(ended(failed('a', 2))), finished('failed'));
  });
  it('is counted apart from what the runner or the engine spoilt', () => {
    given(...second)
      .when(settle(broken('a', 2)))
      .then(settled(again(broken('a', 2))));
    given(...second, settled(again(broken('a', 2))), queued(['a', 3]))
      .when(settle(failed('a', 3)))
      .then(settled(ended(failed('a', 3))), finished('failed'));
  });
  it('does not follow a failure that is no command`s', () =>
    given(...one, queued(['a', 1]))
      .when(settle({ ...failed('a'), failure: { kind: 'setup', message: 'no such image' } }))
      .then(
        settled(ended({ ...failed('a'), failure: { kind: 'setup' as const, message: 'no such image' } })),
        finished('failed'),
      ));
});

describe('a matrix', () => {
  it('with fail_fast begins no more cells after one has failed; those that run go on', () => {
    const start = built(cells(), { test: { failFast: true } });
    given(...start, queued([N20, 1], [N22, 1]))
      .when(settle(failed(N22)))
      .then(settled(ended(failed(N22))), skipped({ jobId: N24, reason: 'fail-fast', because: N22 }));
    const half = [...start, queued([N20, 1], [N22, 1]), settled(ended(failed(N22)))];
    expect(readyAfter(...half)).toEqual([]);
  });
  it('with fail_fast goes on while a cell may be tried again, or may fail', () => {
    const retried = built(cells(), { test: { failFast: true, commandRetries: 1 } });
    given(...retried, queued([N20, 1]))
      .when(settle(failed(N20)))
      .then(settled(again(failed(N20))));
    const allowed = built(cells(), { test: { failFast: true, allowFailure: true } });
    given(...allowed, queued([N20, 1]))
      .when(settle(failed(N20)))
      .then(settled(ended(failed(N20))));
  });
  it('without it runs to the end', () =>
    given(...built(cells()), queued([N20, 1]))
      .when(settle(failed(N20)))
      .then(settled(ended(failed(N20)))));
  it('has at most max_parallel cells admitted', () => {
    const start = built([...cells(), plannedJob('other')], { test: { maxParallel: 2 } });
    expect(readyAfter(...start)).toEqual([N20, N22, 'other']);
    given(...start)
      .when(queue(N24, N22, N20))
      .then(queued([N20, 1], [N22, 1]));
    given(...start, queued([N20, 1]))
      .when(queue(N24, 'other'))
      .then(queued([N24, 1], ['other', 1]));
    given(...start, queued([N20, 1], [N24, 1]))
      .when(queue(N22))
      .thenNothing();
    expect(readyAfter(...start, queued([N20, 1], [N24, 1]), settled(ended(failed(N24))))).toEqual([N22, 'other']);
  });
  it('of 256 cells is requested, planned and queued in three writes', () => {
    const many = Array.from({ length: 256 }, (_, n) => cellOf('test', { n: String(n) }));
    const events: PlanEvent[] = [];
    const take = (command: PlanCommand) => void events.push(...planDecider.decide(stateAfter(...events), command));
    take({ ...CONTEXT, type: 'RequestBuild', request: requestOf() });
    take(plan(planOfJobs(many)));
    take(queue(...readyAfter(...events)));
    expect(events.map(({ type }) => type)).toEqual(['BuildRequested', 'BuildPlanned', 'JobsQueued']);
    expect([...stateAfter(...events).jobs.values()].filter(({ status }) => status === 'queued')).toHaveLength(256);
  });
});

/** How often the rows of a plan are looked at while a failure goes through it. */
const looksAt = (jobs: readonly PlannedJob[]): number => {
  let looks = 0;
  const watched = jobs.map(
    (job) => new Proxy(job, { get: (row, key) => ((looks += 1), Reflect.get(row, key) as unknown) }),
  );
  const [first = ''] = jobs.map(({ id }) => id);
  const state = stateAfter(requested(), planned(planOfJobs(watched)), queued([first, 1]));
  looks = 0;
  const events = planDecider.decide(state, settle(failed(first)));
  expect(events.find(({ type }) => type === 'JobsSkipped')?.data).toMatchObject({ jobs: { length: jobs.length - 1 } });
  return looks;
};

describe('the work for one decision', () => {
  it.each([
    [
      'a chain of jobs',
      (n: number) => Array.from({ length: n }, (_, i) => plannedJob(`j${i}`, i ? [`j${i - 1}`] : [])),
    ],
    [
      'a matrix that needs a matrix',
      (n: number) => [
        plannedJob('first'),
        ...Array.from({ length: n / 2 }, (_, i) => cellOf('a', { i: String(i) }, ['first'])),
        ...Array.from({ length: n / 2 - 1 }, (_, i) => cellOf('b', { i: String(i) }, ['a'])),
      ],
    ],
  ])('grows no faster than %s', (_, jobs) => expect(looksAt(jobs(1_000))).toBeLessThan(2.2 * looksAt(jobs(500))));
});
