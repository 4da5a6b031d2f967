import type { CairnEvent } from './codec.js';
import type { EndPhase, EndReason } from './job-ending.js';
import type { GroupAcquired, GroupSnapshot, IgnoreReason, RequestKind } from './intake.events.js';
import { decision, failure, jobOutcome, openBuild, origin, repo, trigger } from './parts.shapes.js';
import { buildPlanned, buildRejected, jobsSettled, jobsSkipped } from './plan.shapes.js';
import { count, flag, list, nullable, object, oneOf, optional, record, text, whole, yes, type Shape } from './shape.js';

const ignoreReason = oneOf<IgnoreReason>({
  'event-not-handled': true,
  'payload-unreadable': true,
  'payload-mismatch': true,
  'repository-not-enabled': true,
  'repository-unknown': true,
  'ref-deleted': true,
  'built-by-push': true,
  'action-not-handled': true,
  'no-spec': true,
  'commit-unknown': true,
  filtered: true,
  'skip-ci': true,
});

const requestKind = oneOf<RequestKind>({
  enable: true,
  disable: true,
  run: true,
  rerun: true,
  cancel: true,
  approve: true,
});

const endPhase = oneOf<EndPhase>({ signalled: true, killed: true, 'broken-off': true, removed: true });

const endReason = oneOf<EndReason>({
  cancelled: true,
  timeout: true,
  'step-timeout': true,
  'clean-up-timeout': true,
  'handed-back': true,
  lost: true,
});

const group = object<GroupAcquired['data']>({
  holder: text,
  group: optional(object<GroupSnapshot>({ holder: optional(text), waiting: list(text) })),
});

/** The data of each event in its current version. A type that is missing here, or a shape that is not its type's, fails the compiler. */
export const EVENT_SHAPES: { readonly [E in CairnEvent as E['type']]: Shape<E['data']> } = {
  DeliveryAccepted: object({
    event: text,
    action: optional(text),
    repoId: text,
    repo: text,
    sequence: count,
    decision,
  }),
  DeliveryIgnored: object({
    event: text,
    action: optional(text),
    repoId: optional(text),
    repo: optional(text),
    sequence: count,
    reason: ignoreReason,
    detail: text,
    line: optional(count),
    statusOn: optional(text),
  }),
  RequestAccepted: object({
    kind: requestKind,
    repoId: optional(text),
    buildId: optional(text),
    decision: optional(decision),
    sequence: count,
  }),
  RequestRefused: object({ kind: text, detail: text }),

  RepoEnabled: object({ repo }),
  RepoDisabled: object({ repo }),
  BuildRegistered: object({
    repo,
    build: openBuild,
    trigger,
    origin,
    supersedes: list(text),
    supersededBy: optional(text),
  }),
  RefClosed: object({ repo, ref: text, cancels: list(text) }),
  BuildClosed: object({ repo, buildId: text }),
  SchedulesSet: object({ repo }),

  GroupAcquired: group,
  GroupWaiting: group,
  GroupReleased: group,

  BuildRequested: object({
    buildId: text,
    repoId: text,
    repo: text,
    number: count,
    trigger,
    origin,
    supersededBy: optional(text),
  }),
  BuildPlanned: buildPlanned,
  BuildRejected: buildRejected,
  BuildAwaitingApproval: object({ sha: text, reason: oneOf({ fork: true }) }),
  BuildApproved: object({ sha: text }),
  JobAwaitingApproval: object({ jobs: list(object({ jobId: text })) }),
  JobApproved: object({ jobs: list(object({ jobId: text })), sha: text }),
  JobsQueued: object({ jobs: list(object({ jobId: text, attempt: count, pool: text })) }),
  JobsSkipped: jobsSkipped,
  JobsSettled: jobsSettled,
  JobsCancelled: object({ jobs: list(object({ jobId: text, group: text, by: text })) }),
  BuildCancelled: object({
    reason: oneOf({ superseded: true, user: true, closed: true, expired: true }),
    by: optional(text),
    spared: optional(list(text)),
  }),
  BuildFinished: object({ status: jobOutcome }),

  JobStarted: object({ attempt: count, runner: text, epoch: text, executor: text, slot: text, ticket: count }),
  JobAdopted: object({ attempt: count, runner: text, epoch: text }),
  StepStarted: object({ attempt: count, step: count, name: text, service: optional(text), cleanUp: optional(yes) }),
  StepFinished: object({
    attempt: count,
    step: count,
    outcome: jobOutcome,
    exitCode: nullable(whole),
    lines: count,
    bytes: count,
    chain: text,
  }),
  ArtifactStored: object({
    attempt: count,
    name: text,
    bytes: count,
    sha256: text,
    key: text,
    executable: optional(yes),
    link: optional(text),
  }),
  TestsReported: object({
    attempt: count,
    totals: object({ passed: count, failed: count, errors: count, skipped: count }),
    files: count,
    report: object({ sha256: text, bytes: count }),
    unread: list(object({ file: text, line: optional(count), reason: text })),
    cut: object({ cases: count, texts: count }),
  }),
  EndPhaseReached: object({
    attempt: count,
    phase: endPhase,
    reason: endReason,
    step: optional(count),
    try: optional(count),
    graceMs: optional(count),
  }),
  JobFinished: object({
    attempt: count,
    outcome: jobOutcome,
    failure: optional(failure),
    outputs: optional(record(text)),
  }),
  JobLost: object({ attempt: count, reason: text }),

  LogStored: object({
    attempt: count,
    step: count,
    lines: count,
    bytes: count,
    chain: text,
    complete: flag,
    missing: optional(text),
  }),

  NotificationSent: object({
    channel: oneOf({ 'github-status': true }),
    context: text,
    sha: text,
    state: text,
    description: text,
    targetUrl: text,
  }),
  NotificationFailed: object({
    channel: oneOf({ 'github-status': true }),
    context: text,
    sha: text,
    state: text,
    error: text,
  }),
};
