import type { DomainEvent } from './event.js';
import type { Trigger } from './trigger.js';

/** Why a delivery led to nothing; `detail` says it to a person. */
export type IgnoreReason =
  | 'event-not-handled'
  | 'payload-unreadable'
  | 'payload-mismatch'
  | 'repository-not-enabled'
  | 'repository-unknown'
  | 'ref-deleted'
  | 'built-by-push'
  | 'action-not-handled'
  | 'no-spec'
  | 'commit-unknown'
  | 'filtered'
  | 'skip-ci';

/** What an accepted delivery or request leads to. */
export type Decision =
  Readonly<{ kind: 'build'; buildId: string; trigger: Trigger }> | Readonly<{ kind: 'close'; ref: string }>;

export type DeliveryAccepted = DomainEvent<
  'DeliveryAccepted',
  1,
  {
    event: string;
    action?: string;
    repoId: string;
    repo: string;
    /** The webhook's sequence in `WEBHOOKS`: which of two pushes is the newer. */
    sequence: number;
    decision: Decision;
  }
>;
export type DeliveryIgnored = DomainEvent<
  'DeliveryIgnored',
  1,
  {
    event: string;
    action?: string;
    repoId?: string;
    repo?: string;
    sequence: number;
    reason: IgnoreReason;
    detail: string;
    line?: number;
    /** The commit whose status says so: a check that is required would wait for ever. */
    statusOn?: string;
  }
>;
export type DeliveryEvent = DeliveryAccepted | DeliveryIgnored;

/**
 * What people ask for through page, API or command line; the payload of a message in `REQUESTS`. `job` of an approval: the
 * id of one that waits for it, or a name: then all of its cells that wait; without it the build itself is approved.
 */
export type PersonRequest = Readonly<{ id: string; at: string; actor: DomainEvent['actor'] }> &
  (
    | Readonly<{ kind: 'enable'; repo: string }>
    | Readonly<{ kind: 'disable'; repoId: string }>
    | Readonly<{ kind: 'run'; repoId: string; ref?: string; inputs?: Readonly<Record<string, string>> }>
    | Readonly<{ kind: 'rerun'; buildId: string }>
    | Readonly<{ kind: 'cancel'; buildId: string }>
    | Readonly<{ kind: 'approve'; buildId: string; sha: string; job?: string }>
  );
export type RequestKind = PersonRequest['kind'];

export type RequestAccepted = DomainEvent<
  'RequestAccepted',
  1,
  { kind: RequestKind; repoId?: string; buildId?: string; decision?: Decision; sequence: number }
>;
export type RequestRefused = DomainEvent<'RequestRefused', 1, { kind: string; detail: string }>;
export type RequestEvent = RequestAccepted | RequestRefused;

/** A build that has not ended. `sequence` orders the builds of one ref by what asked for them. */
export type OpenBuild = Readonly<{ buildId: string; number: number; ref: string; sequence: number }>;

/** The whole state of a repository, carried by each of its events: loading it is reading the last message. */
export type RepoSnapshot = Readonly<{
  repoId: string;
  repo: string;
  /** What a person decided; null: nobody did, the setting `CAIRN_REPOS` decides. */
  enabled: boolean | null;
  defaultBranch: string;
  /** The number of the newest build. */
  counter: number;
  open: readonly OpenBuild[];
  /** The newest build registered for each ref with its webhook sequence; the most recent refs only, oldest first. */
  seen: readonly (readonly [ref: string, sequence: number, buildId: string])[];
  schedules?: RepoSchedules;
}>;

/**
 * When builds begin by themselves, as the spec of the default branch has it: `cron` in UTC. `slot`: the last time that
 * was built or passed over. `sequence`: of the webhook that brought them.
 */
export type RepoSchedules = Readonly<{
  sequence: number;
  entries: readonly Readonly<{ cron: string; line: number; slot: string }>[];
}>;

/** What asked for a build: a delivery's GUID, a request's id, or repository, cron expression and time of a schedule. */
export type Origin = Readonly<{ kind: 'delivery' | 'request' | 'schedule'; id: string }>;

export type RepoEnabled = DomainEvent<'RepoEnabled', 1, { repo: RepoSnapshot }>;
export type RepoDisabled = DomainEvent<'RepoDisabled', 1, { repo: RepoSnapshot }>;
export type BuildRegistered = DomainEvent<
  'BuildRegistered',
  1,
  {
    repo: RepoSnapshot;
    build: OpenBuild;
    trigger: Trigger;
    origin: Origin;
    /** Builds that this one makes pointless. */
    supersedes: readonly string[];
    /** A newer push was registered first: this build is born cancelled. */
    supersededBy?: string;
  }
>;
/** A pull request or branch is gone: its open builds are pointless. */
export type RefClosed = DomainEvent<'RefClosed', 1, { repo: RepoSnapshot; ref: string; cancels: readonly string[] }>;
export type BuildClosed = DomainEvent<'BuildClosed', 1, { repo: RepoSnapshot; buildId: string }>;
/** The default branch's spec has other schedules now. */
export type SchedulesSet = DomainEvent<'SchedulesSet', 1, { repo: RepoSnapshot }>;
export type RepoEvent = RepoEnabled | RepoDisabled | BuildRegistered | RefClosed | BuildClosed | SchedulesSet;

/** A concurrency group after the event that carries it: loading it is reading the last message. */
export type GroupSnapshot = Readonly<{ holder?: string; waiting: readonly string[] }>;

/**
 * A concurrency group holds one at a time; the others wait in the order in which they asked. `holder`: who got it, waits
 * for it or left it: `<build id>.<job id>`. `group` is missing in the oldest recordings only.
 */
type GroupData = { holder: string; group?: GroupSnapshot };
export type GroupAcquired = DomainEvent<'GroupAcquired', 1, GroupData>;
export type GroupWaiting = DomainEvent<'GroupWaiting', 1, GroupData>;
export type GroupReleased = DomainEvent<'GroupReleased', 1, GroupData>;
export type GroupEvent = GroupAcquired | GroupWaiting | GroupReleased;
