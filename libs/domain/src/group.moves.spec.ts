import { subjects, type PlanEvent, type PlannedJob } from '#events';
import {
  cancelled,
  jobsApproved,
  jobsAwaitingApproval,
  planOfJobs,
  planned,
  plannedJob,
  queued,
  requestOf,
  requested,
  settled,
} from '#testing';
import { ended, passed, stateAfter } from './plan.commands.builder.js';
import { groupMoves } from './group.moves.js';
import type { OpenBuild } from './open-build.js';
import type { GroupState } from './group.decider.js';

const SITE = subjects.group('gh-1', 'site');
const grouped = (id: string, needs: string[] = [], cancel = false): PlannedJob =>
  plannedJob(id, needs, { group: { name: 'site', cancel } });
const open = (id: string, jobs: readonly PlannedJob[], ...events: readonly PlanEvent[]): OpenBuild => [
  id,
  stateAfter(requested(), planned(planOfJobs(jobs)), ...events),
];
const held = (holder: string | undefined, ...waiting: string[]): ReadonlyMap<string, GroupState> =>
  new Map([[SITE, { ...(holder === undefined ? {} : { holder }), waiting }]]);
const NOTHING = { take: [], acquire: [], release: [], doubtful: [] };
const claim = (holder: string) => ({ subject: SITE, holder });

describe('moves of groups', () => {
  it('give a free one to the oldest build whose turn it is, once', () => {
    const builds = [
      open('a', [plannedJob('x'), grouped('y', ['x'])]),
      open('b', [grouped('y')]),
      open('c', [grouped('y')]),
    ];
    expect(groupMoves(builds, new Map())).toEqual({ ...NOTHING, acquire: [claim('b.y')] });
    expect(groupMoves(builds, held('b.y'))).toEqual(NOTHING);
  });
  it('give one that was left half released to who waits for it', () => {
    const builds = [open('b', [grouped('y')]), open('c', [grouped('y')])];
    expect(groupMoves(builds, held(undefined, 'c.y'))).toEqual({ ...NOTHING, acquire: [claim('c.y')] });
  });
  it('are one for each repository', () => {
    const other = stateAfter(
      requested(undefined, { ...requestOf(), repoId: 'gh-2' }),
      planned(planOfJobs([grouped('y')])),
    );
    const moves = groupMoves([open('a', [grouped('y')]), ['b', other]], new Map());
    expect(moves.acquire).toEqual([claim('a.y'), { subject: subjects.group('gh-2', 'site'), holder: 'b.y' }]);
  });
  it('release what its holder has left, and ask about a holder that is not known', () => {
    const over = open('a', [grouped('y'), plannedJob('z')], queued(['y', 1]), settled(ended(passed('y'))));
    expect(groupMoves([over], held('a.y'))).toEqual({ ...NOTHING, release: [claim('a.y')] });
    expect(groupMoves([], held('a.y', 'b.y')).doubtful).toEqual([
      { ...claim('a.y'), buildId: 'a', jobId: 'y' },
      { ...claim('b.y'), buildId: 'b', jobId: 'y' },
    ]);
  });
  it('leave a group with a job that runs, that is to run again, and that is being cancelled', () => {
    const again = settled({ jobId: 'y', attempt: 1, outcome: 'lost', again: true });
    for (const events of [[queued(['y', 1])], [queued(['y', 1]), again], [queued(['y', 1]), cancelled()]])
      expect(groupMoves([open('a', [grouped('y')], ...events)], held('a.y'))).toEqual(NOTHING);
  });

  describe('with `cancel`', () => {
    const older = open('a', [grouped('y', [], true)], queued(['y', 1]));
    const newer = open('b', [plannedJob('x'), grouped('y', ['x'], true)]);
    const ready = open('b', [grouped('y', [], true)]);

    it('end the older ones when the turn of the newer has come, wherever they are', () => {
      expect(groupMoves([older, newer], held('a.y'))).toEqual(NOTHING);
      const early = open('a', [plannedJob('x'), grouped('y', ['x'])]);
      const take = [{ buildId: 'a', jobs: ['y'], group: 'site', by: 'b' }];
      expect(groupMoves([older, ready], held('a.y'))).toEqual({ ...NOTHING, take });
      expect(groupMoves([early, ready], new Map())).toEqual({ ...NOTHING, take, acquire: [claim('b.y')] });
    });
    it('end nothing of the same build, and nothing for one that does not ask for it', () => {
      const cells = open('a', [grouped('y', [], true), grouped('z', [], true)]);
      expect(groupMoves([cells], new Map())).toEqual({ ...NOTHING, acquire: [claim('a.y')] });
      expect(groupMoves([older, open('b', [grouped('y')])], held('a.y'))).toEqual(NOTHING);
    });
    it('spare what a person has approved and what is being ended', () => {
      const approved = [jobsAwaitingApproval('y'), jobsApproved('y'), queued(['y', 1])];
      expect(groupMoves([open('a', [grouped('y')], ...approved), ready], held('a.y'))).toEqual(NOTHING);
      const [id, state] = older;
      const jobs = state.jobs.with([{ jobId: 'y' }], (job) => ({ ...job, cancelled: true as const }));
      const ending: OpenBuild = [id, { ...state, jobs }];
      expect(groupMoves([ending, ready], held('a.y'))).toEqual(NOTHING);
    });
  });
});
