import { subjects } from '#events';
import type { GroupState } from './group.decider.js';
import type { OpenBuild } from './open-build.js';
import { layoutOf } from './plan.layout.js';
import { isSettled, type PlanJob, type PlanState } from './plan.state.js';
import { readyJobs } from './plan.survey.js';

/** `holder`: of the group with this subject. */
export type GroupClaim = Readonly<{ subject: string; holder: string }>;
/** Jobs of a build that a newer one (`by`) ends. */
export type GroupTaking = Readonly<{ buildId: string; jobs: readonly string[]; group: string; by: string }>;

/**
 * What is to be done with groups: free ones are given to who is first, those left are released, older holders ended.
 * `doubtful`: held by jobs of builds that are not among the open ones; they may be over, or not known yet.
 */
export type GroupMoves = Readonly<{
  acquire: readonly GroupClaim[];
  release: readonly GroupClaim[];
  doubtful: readonly (GroupClaim & Readonly<{ buildId: string; jobId: string }>)[];
  take: readonly GroupTaking[];
}>;

type Member = Readonly<{
  buildId: string;
  job: PlanJob;
  group: NonNullable<PlanJob['planned']['group']>;
  isReady: boolean;
}>;

/** A job as the holder of a group. */
export const holderOf = (buildId: string, jobId: string): string => `${buildId}.${jobId}`;

const jobOf = (holder: string): Readonly<{ buildId: string; jobId: string }> => {
  const [buildId = '', jobId = ''] = holder.split('.');
  return { buildId, jobId };
};

/** The subject of a job's group, if it has one. */
export const groupSubject = ({ request }: PlanState, { planned }: PlanJob): string | undefined =>
  request && planned.group && subjects.group(request.repoId, planned.group.name);

/** Groups that are held or waited for, by subject. */
export type Groups = ReadonlyMap<string, GroupState>;

/** True for a job without a group. */
export const hasItsGroup = ([buildId, state]: OpenBuild, job: PlanJob, groups: Groups): boolean => {
  const subject = groupSubject(state, job);
  return subject === undefined || groups.get(subject)?.holder === holderOf(buildId, job.planned.id);
};

/** By the subject of their group, in the order of the builds and of each plan: jobs that have not ended. */
const membersOf = (builds: readonly OpenBuild[]): ReadonlyMap<string, readonly Member[]> => {
  const members = new Map<string, Member[]>();
  for (const [buildId, state] of builds) {
    const jobs = layoutOf(state).exclusive.flatMap((place) => {
      const job = state.jobs.at(place);
      return job && !isSettled(job) ? [job] : [];
    });
    if (jobs.length === 0) continue;
    const ready = new Set(readyJobs(state));
    for (const job of jobs) {
      const subject = groupSubject(state, job);
      const { group } = job.planned;
      if (subject === undefined || !group) continue;
      members.set(subject, [...(members.get(subject) ?? []), { buildId, job, group, isReady: ready.has(job) }]);
    }
  }
  return members;
};

/** The newest build with a job whose turn has come and that ends those before it. */
const takerIn = (members: readonly Member[]): string | undefined =>
  members.findLast(({ job, group, isReady }) => group.cancel && (isReady || job.status === 'queued'))?.buildId;

const takings = (members: readonly Member[]): readonly GroupTaking[] => {
  const by = takerIn(members);
  const older = by === undefined ? [] : members.filter(({ buildId, job }) => buildId < by && !job.cancelled);
  const builds = new Map<string, string[]>();
  for (const { buildId, job } of older) {
    const isApproved = job.status === 'queued' && job.approvedBy !== undefined;
    if (!isApproved) builds.set(buildId, [...(builds.get(buildId) ?? []), job.planned.id]);
  }
  return [...builds].map(([buildId, jobs]) => ({ buildId, jobs, group: members[0]?.group.name ?? '', by: by ?? '' }));
};

/** `builds`: those that are open, the oldest first. */
export const groupMoves = (builds: readonly OpenBuild[], groups: Groups): GroupMoves => {
  const members = membersOf(builds);
  const known = new Map(builds);
  const take = [...members.values()].flatMap(takings);
  const taken = new Set(take.flatMap(({ buildId, jobs }) => jobs.map((job) => holderOf(buildId, job))));
  const left = [...groups].flatMap(([subject, { holder, waiting }]) =>
    [...(holder === undefined ? [] : [holder]), ...waiting].map((one) => ({ subject, holder: one, ...jobOf(one) })),
  );
  /** A crash may have come between a release and what follows from it. */
  const halfReleased = [...groups].flatMap(
    ([
      subject,
      {
        holder,
        waiting: [next],
      },
    ]) => (holder === undefined && next !== undefined ? [{ subject, holder: next }] : []),
  );
  const acquire = [...members].flatMap(([subject, all]) => {
    const group = groups.get(subject);
    if (group && (group.holder !== undefined || group.waiting.length > 0)) return [];
    const first = all.find(({ buildId, job, isReady }) => isReady && !taken.has(holderOf(buildId, job.planned.id)));
    return first ? [{ subject, holder: holderOf(first.buildId, first.job.planned.id) }] : [];
  });
  const hasEnded = ({ buildId, jobId }: (typeof left)[number]): boolean => {
    const job = known.get(buildId)?.jobs.get(jobId);
    return known.has(buildId) && (!job || isSettled(job));
  };
  return {
    take,
    acquire: [...halfReleased, ...acquire],
    release: left.filter(hasEnded).map(({ subject, holder }) => ({ subject, holder })),
    doubtful: left.filter(({ buildId }) => !known.has(buildId)),
  };
};
