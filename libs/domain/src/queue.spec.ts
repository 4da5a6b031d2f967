import { fact, subjects, type Heartbeat, type JobTemplate, type PlannedJob, type Trigger } from '#events';
import { cellOf, context, forkTrigger, planOfJobs, planned, plannedJob, requestOf, settled } from '#testing';
import { stateAfter } from './plan.commands.builder.js';
import { evolvePlan } from './plan.state.js';
import { queueOf, type QueueSight } from './queue.js';

const CONTEXT = context('build.x.plan');

/** A build of these jobs, some of them admitted. */
const build = (
  id: string,
  jobs: readonly PlannedJob[],
  more: Readonly<{
    repoId?: string;
    admitted?: readonly string[];
    templates?: Readonly<Record<string, Partial<JobTemplate>>>;
    trigger?: Trigger;
  }> = {},
) => {
  const request = { ...requestOf(more.trigger), repoId: more.repoId ?? 'gh-1' };
  const gate = more.trigger ? [fact('BuildAwaitingApproval', 1, CONTEXT, { sha: 'x', reason: 'fork' as const })] : [];
  const rows = (more.admitted ?? []).map((jobId) => ({ jobId, attempt: 1, pool: 'default' }));
  const admitted = rows.length > 0 ? [fact('JobsQueued', 1, CONTEXT, { jobs: rows })] : [];
  const plan = planned(planOfJobs(jobs, more.templates));
  return [id, stateAfter(fact('BuildRequested', 1, CONTEXT, request), ...gate, plan, ...admitted)] as const;
};
const runner = (change: Partial<Heartbeat> = {}): Heartbeat => ({
  ...{ runner: 'r', epoch: 'e', at: '', pools: ['default'], capacity: 2, running: 0 },
  ...change,
});
const sight = (change: Partial<QueueSight>): QueueSight => ({
  ...{
    builds: [],
    runners: [runner()],
    turns: new Map(),
    groups: new Map(),
    lease: { planner: 'p' },
    hasBegun: () => false,
  },
  ...change,
});
const reasons = (change: Partial<QueueSight>) =>
  queueOf(sight(change)).map(
    ({ buildId, jobId, position, reason }) => `${buildId}.${jobId} ${position ?? '-'} ${reason}`,
  );
const details = (change: Partial<QueueSight>) => queueOf(sight(change)).map(({ detail }) => detail);

describe('the queue', () => {
  it('holds what has all that it needs and has not begun, tickets first', () => {
    const jobs = [plannedJob('a'), plannedJob('b'), plannedJob('c'), plannedJob('d', ['c'])];
    const hasBegun = (_: string, jobId: string): boolean => jobId === 'a';
    const builds = [build('1', jobs, { admitted: ['a', 'b'] })];
    expect(reasons({ builds, hasBegun })).toEqual(['1.b 1 turn', '1.c 2 slots']);
    expect(reasons({ builds, hasBegun, runners: [runner({ capacity: 3 })] })).toEqual(['1.b 1 turn', '1.c 2 turn']);
    expect(reasons({ builds, hasBegun, runners: [runner({ capacity: 3, running: 3 })] })).toEqual([
      ...['1.b 1 slots', '1.c 2 slots'],
    ]);
    expect(details({ builds, hasBegun }).at(-1)).toBe('all 2 slots of pool `default` are taken');
  });

  it('says who has the group that a job waits for', () => {
    const site = (id: string): PlannedJob => plannedJob(id, [], { group: { name: 'site', cancel: false } });
    const builds = [build('1', [site('a')], { admitted: ['a'] }), build('2', [site('a'), plannedJob('b')])];
    const groups = new Map([[subjects.group('gh-1', 'site'), { holder: '1.a', waiting: [] }]]);
    expect(reasons({ builds, groups, hasBegun: () => true })).toEqual(['2.b 1 turn', '2.a - group']);
    expect(details({ builds, groups }).at(-1)).toBe(
      'waits for its turn in the group `site`, which `a` of build #1 has',
    );
    expect(details({ builds }).at(-1)).toBe('waits for its turn in the group `site`');
  });

  it('holds what a person must approve', () => {
    const builds = [build('1', [plannedJob('a'), plannedJob('b', ['a'])], { templates: { a: { approval: true } } })];
    expect(reasons({ builds })).toEqual(['1.a - approval']);
    expect(details({ builds })).toEqual(['it has `approval`: a person must say yes']);
  });

  it('stands in the order of admission', () => {
    const builds = [
      build('1', [plannedJob('a'), plannedJob('b'), plannedJob('c')], { admitted: ['a'] }),
      build('2', [plannedJob('a'), plannedJob('b')], { repoId: 'gh-2' }),
    ];
    expect(reasons({ builds, hasBegun: () => true, runners: [runner({ capacity: 1 })] })).toEqual([
      ...['2.a 1 slots', '1.b 2 slots', '2.b 3 slots', '1.c 4 slots'],
    ]);
  });

  it('names the limit of a repository', () => {
    const builds = [
      build('1', [plannedJob('a'), plannedJob('b')], { admitted: ['a'] }),
      build('2', [plannedJob('a')], { repoId: 'gh-2' }),
    ];
    const lease = { planner: 'p', repoJobs: 1, repoPercentOfPool: 50 };
    const change = { builds, lease, hasBegun: () => true };
    expect(reasons(change)).toEqual(['2.a 1 turn', '1.b 2 repository']);
    expect(details(change)[1]).toBe(
      "its repository has as many jobs at work as it may have: 1 at once, 50 % of a pool's slots",
    );
  });

  it('says when there is no runner for a pool, and which pools there are', () => {
    const builds = [build('1', [plannedJob('a', [], { pool: 'gpu' }), plannedJob('b')])];
    expect(reasons({ builds })).toEqual(['1.b 1 turn', '1.a 1 no-runner']);
    expect(details({ builds })[1]).toBe('no runner serves pool `gpu`; there are runners for `default`');
    expect(details({ builds, runners: [] })).toEqual([
      'no runner serves pool `default`; there is no runner at all',
      'no runner serves pool `gpu`; there is no runner at all',
    ]);
  });

  it.each(['engine', 'disk', 'stopping'] as const)(
    'says when all runners of the pool have the trouble: %s',
    (trouble) => {
      const builds = [build('1', [plannedJob('a')])];
      const broken = runner({ trouble, note: 'it is so', capacity: trouble === 'engine' ? 2 : 0 });
      expect(reasons({ builds, runners: [broken] })).toEqual([`1.a 1 ${trouble}`]);
      expect(details({ builds, runners: [broken] })[0]).toMatch(/: it is so$/);
      expect(reasons({ builds, runners: [broken, runner()] })).toEqual(['1.a 1 turn']);
      expect(reasons({ builds, runners: [broken, runner({ pools: ['arm'] })] })).toEqual([`1.a 1 ${trouble}`]);
    },
  );

  it('says when no planner admits', () => {
    const builds = [build('1', [plannedJob('a'), plannedJob('b')], { admitted: ['a'] })];
    expect(reasons({ builds, lease: undefined })).toEqual(['1.a 1 turn', '1.b 2 no-planner']);
  });

  it('has no place for what its own build holds back', () => {
    const cells = ['1', '2', '3'].map((n) => cellOf('test', { n }));
    const limited = build('1', cells, { templates: { test: { maxParallel: 1 } } });
    const fork = build('2', [plannedJob('a')], { trigger: forkTrigger() });
    expect(queueOf(sight({ builds: [limited, fork] })).map(({ position, reason }) => [position, reason])).toEqual([
      ...[
        [1, 'turn'],
        [null, 'max-parallel'],
        [null, 'max-parallel'],
        [null, 'approval'],
      ],
    ]);
  });

  it('counts from when the last of its needs ended', () => {
    const jobs = [plannedJob('a'), plannedJob('b', ['a']), plannedJob('c')];
    const [id, state] = build('1', jobs, { admitted: ['a'] });
    const later = {
      ...settled({ jobId: 'a', attempt: 1, outcome: 'passed', again: false }),
      at: '2026-01-01T00:09:00.000Z',
    };
    const entries = queueOf(sight({ builds: [[id, evolvePlan(state, later)]] }));
    expect(entries.map(({ jobId, since }) => [jobId, since])).toEqual([
      ['b', later.at],
      ['c', CONTEXT.at],
    ]);
  });
});
