import { CommandRefused } from '#errors';
import {
  SHA,
  finished,
  jobsApproved,
  jobsAwaitingApproval,
  planOfJobs,
  plannedJob,
  cancelled,
  forkTrigger,
  planned,
  queued,
  requested,
  settled,
  skipped,
  specify,
  cellOf,
} from '#testing';
import { jobId } from '#events';
import {
  CONTEXT,
  broken,
  again,
  built,
  ended,
  passed,
  plan,
  queue,
  readyAfter,
  settle,
  stateAfter,
} from './plan.commands.builder.js';
import { planDecider, type PlanCommand } from './plan.decider.js';
import { isJobCancelled } from './plan.state.js';

const given = specify(planDecider);
const APPROVAL = { deploy: { approval: true } } as const;
const JOBS = [plannedJob('test'), plannedJob('deploy', ['test']), plannedJob('tell', ['deploy'])];

const approve = (job: string, sha = SHA): PlanCommand => ({ ...CONTEXT, type: 'ApproveJob', job, sha });
const cancel = (reason: 'user' | 'superseded' | 'closed'): PlanCommand => ({ ...CONTEXT, type: 'CancelBuild', reason });

describe('a job with `approval`', () => {
  const start = [...built(JOBS, APPROVAL), queued(['test', 1])];
  const asked = [...start, settled(ended(passed('test'))), jobsAwaitingApproval('deploy')];

  it('is asked about when what it needs is there', () => {
    given(...start)
      .when(settle(passed('test')))
      .then(settled(ended(passed('test'))), jobsAwaitingApproval('deploy'));
    expect(readyAfter(...asked)).toEqual([]);
    given(...asked)
      .when(queue('deploy'))
      .thenNothing();
  });
  it('is asked about with the plan when it needs nothing', () => {
    const alone = planOfJobs([plannedJob('deploy')], APPROVAL);
    given(requested()).when(plan(alone)).then(planned(alone), jobsAwaitingApproval('deploy'));
  });
  it('is asked about once, also after a crash between the two', () =>
    given(...start, settled(ended(passed('test'))))
      .when(settle(passed('test')))
      .then(jobsAwaitingApproval('deploy')));
  it('is not asked about before the build itself is approved', () => {
    const alone = planOfJobs([plannedJob('deploy')], APPROVAL);
    const events = planDecider.decide(stateAfter(requested(forkTrigger())), plan(alone));
    expect(events.map(({ type }) => type)).toEqual(['BuildAwaitingApproval', 'BuildPlanned']);
    const gated = events.reduce(planDecider.evolve, stateAfter(requested(forkTrigger())));
    const approved = planDecider.decide(gated, { ...CONTEXT, type: 'ApproveBuild', sha: SHA });
    expect(approved.map(({ type }) => type)).toEqual(['BuildApproved', 'JobAwaitingApproval']);
  });
  it('runs when a person says yes, and keeps the yes for its next attempt', () => {
    given(...asked)
      .when(approve('deploy'))
      .then(jobsApproved('deploy'));
    const approved = [...asked, jobsApproved('deploy')];
    expect(readyAfter(...approved)).toEqual(['deploy']);
    const broke = [...approved, queued(['deploy', 1]), settled(again(broken('deploy')))];
    expect(readyAfter(...broke)).toEqual(['deploy']);
  });
  it('of a matrix may be approved by cell, or all that wait', () => {
    const cells = ['eu', 'us'].map((where) => cellOf('deploy', { where }));
    const [eu, us] = ['eu', 'us'].map((where) => jobId('deploy', { where })) as [string, string];
    const both = [...built(cells, APPROVAL), jobsAwaitingApproval(eu, us)];
    given(...both)
      .when(approve('deploy'))
      .then(jobsApproved(eu, us));
    given(...both)
      .when(approve(us))
      .then(jobsApproved(us));
    given(...both, jobsApproved(us))
      .when(approve('deploy'))
      .then(jobsApproved(eu));
  });
  it('is approved once by a request that comes twice', () => {
    const state = stateAfter(...asked);
    const approved = planDecider.decide(state, approve('deploy')).reduce(planDecider.evolve, state);
    expect(planDecider.decide(approved, approve('deploy'))).toEqual([]);
  });
  it('refuses an approval that is of something else', () => {
    given(...start)
      .when(approve('deploy'))
      .thenThrows(CommandRefused);
    given(...asked)
      .when(approve('test'))
      .thenThrows(CommandRefused);
    given(...asked)
      .when(approve('nobody'))
      .thenThrows(CommandRefused);
    given(...asked)
      .when(approve('deploy', 'f'.repeat(40)))
      .thenThrows(CommandRefused);
    given(...asked, cancelled())
      .when(approve('deploy'))
      .thenThrows(CommandRefused);
  });
  it('ends with a build that is cancelled while it waits', () => {
    const end = skipped({ jobId: 'deploy', reason: 'cancelled' }, { jobId: 'tell', reason: 'cancelled' });
    given(...asked)
      .when(cancel('user'))
      .then(cancelled(), end, finished('cancelled'));
  });
  it('is skipped when nobody approves it in time, which fails the build', () => {
    const expire = (before: string): PlanCommand => ({ ...CONTEXT, type: 'ExpireApprovals', before });
    given(...asked)
      .when(expire(CONTEXT.at))
      .thenNothing();
    given(...asked)
      .when(expire('2999-01-01T00:00:00.000Z'))
      .then(
        skipped({ jobId: 'deploy', reason: 'approval' }),
        skipped({ jobId: 'tell', reason: 'need', because: 'deploy' }),
        finished('failed'),
      );
  });
});

describe('a build that waits for an approval for too long', () => {
  it('is cancelled', () => {
    const gate = planDecider.decide(stateAfter(requested(forkTrigger())), plan(planOfJobs([plannedJob('test')])));
    const state = gate.reduce(planDecider.evolve, stateAfter(requested(forkTrigger())));
    const events = planDecider.decide(state, {
      ...CONTEXT,
      type: 'ExpireApprovals',
      before: '2999-01-01T00:00:00.000Z',
    });
    expect(events.map(({ type }) => type)).toEqual(['BuildCancelled', 'JobsSkipped', 'BuildFinished']);
  });
});

describe('superseding', () => {
  const approved = [
    ...built(
      JOBS.slice(1).map((job) => ({ ...job, needs: [] })),
      APPROVAL,
    ),
    jobsAwaitingApproval('deploy'),
    jobsApproved('deploy'),
  ];
  const running = [...approved, queued(['deploy', 1], ['tell', 1])];

  it('spares a job that a person has approved, and nothing else', () => {
    given(...running)
      .when(cancel('superseded'))
      .then(cancelled({ reason: 'superseded', spared: ['deploy'] }));
    const state = stateAfter(...running, cancelled({ reason: 'superseded', spared: ['deploy'] }));
    expect(isJobCancelled(state, 'deploy')).toBe(false);
    expect(isJobCancelled(state, 'tell')).toBe(true);
  });
  it('ends the build when the spared job has ended', () => {
    const rest = { jobId: 'tell', attempt: 1, outcome: 'cancelled' as const };
    given(...running, cancelled({ reason: 'superseded', spared: ['deploy'] }), settled(ended(rest)))
      .when(settle(passed('deploy')))
      .then(settled(ended(passed('deploy'))), finished('cancelled'));
  });
  it('does not spare one that is approved and not admitted', () =>
    given(...approved)
      .when(cancel('superseded'))
      .then(
        cancelled({ reason: 'superseded' }),
        skipped({ jobId: 'deploy', reason: 'cancelled' }, { jobId: 'tell', reason: 'cancelled' }),
        finished('cancelled'),
      ));
  it('is followed by a person who ends the spared job too', () => {
    given(...running)
      .when(cancel('user'))
      .then(cancelled({ reason: 'user' }));
    const spared = [...running, cancelled({ reason: 'superseded', spared: ['deploy'] })];
    given(...spared)
      .when(cancel('superseded'))
      .thenNothing();
    given(...spared)
      .when(cancel('user'))
      .then(cancelled({ reason: 'user' }));
    const state = stateAfter(...spared, cancelled({ reason: 'user' }));
    expect(isJobCancelled(state, 'deploy')).toBe(true);
    given(...spared, cancelled({ reason: 'user' }))
      .when(cancel('user'))
      .thenNothing();
  });
});

describe('jobs that lose their group to a newer build', () => {
  const NEWER = 'a newer build';
  const take = (...jobs: string[]): PlanCommand => ({
    ...CONTEXT,
    type: 'CancelJobs',
    jobs,
    group: 'deploy',
    by: NEWER,
  });
  const rows = (...jobs: string[]) => ({ jobs: jobs.map((jobId) => ({ jobId, group: 'deploy', by: NEWER })) });
  const types = (state: ReturnType<typeof stateAfter>, command: PlanCommand) =>
    planDecider.decide(state, command).map(({ type, data }) => [type, data]);

  it('end at once where they wait, with what needs them', () => {
    const skip = { jobs: [{ jobId: 'tell', reason: 'need', because: 'deploy' }] };
    const state = stateAfter(...built(JOBS), queued(['test', 1]));
    expect(types(state, take('deploy'))).toEqual([
      ['JobsCancelled', rows('deploy')],
      ['JobsSkipped', skip],
    ]);
  });
  it('end with their runner where they run, and get no other attempt', () => {
    const before = stateAfter(...built([plannedJob('deploy')]), queued(['deploy', 1]));
    const [event] = planDecider.decide(before, take('deploy'));
    const state = planDecider.evolve(before, event!);
    expect(isJobCancelled(state, 'deploy')).toBe(true);
    expect(types(state, take('deploy'))).toEqual([]);
    const lost = { jobId: 'deploy', attempt: 1, outcome: 'lost' as const };
    expect(types(state, settle(lost))).toEqual([
      ['JobsSettled', { jobs: [{ ...lost, outcome: 'cancelled', again: false }] }],
      ['BuildFinished', { status: 'cancelled' }],
    ]);
  });
  it('run on where a person has approved them', () => {
    const approved = [
      ...built([plannedJob('deploy')], APPROVAL),
      jobsAwaitingApproval('deploy'),
      jobsApproved('deploy'),
    ];
    expect(types(stateAfter(...approved, queued(['deploy', 1])), take('deploy'))).toEqual([]);
    expect(types(stateAfter(...approved), take('deploy'))[0]).toEqual(['JobsCancelled', rows('deploy')]);
  });
  it('are not those that have ended, or that are not there', () => {
    const over = stateAfter(...built(JOBS), queued(['test', 1]), settled(ended(passed('test'))));
    expect(types(over, take('test', 'nobody'))).toEqual([]);
  });
});
