import type { DomainEvent } from './event.js';
import type { Origin } from './intake.events.js';
import type { Ending } from './job-ending.js';
import type { Diagnostic, Plan } from './plan.types.js';
import type { ReportCut, TestTotals, UnreadReport } from './test-report.js';
import type { Trigger } from './trigger.js';

/** How one attempt at a job ended. `lost`: its runner was given up for dead. */
export type AttemptOutcome = 'passed' | 'failed' | 'cancelled' | 'lost';
export type JobOutcome = Exclude<AttemptOutcome, 'lost'>;

/**
 * Why an attempt failed. `step`: a command ended with a code other than zero. `setup`: the source, image or workspace
 * could not be had, and trying again would not help. `infrastructure`: the engine or the runner broke; tried again by rule.
 */
export type Failure = Readonly<{
  kind: 'step' | 'setup' | 'infrastructure' | 'timeout';
  message: string;
  step?: number;
}>;

/** `expired`: nobody approved it in time. */
export type CancelReason = 'superseded' | 'user' | 'closed' | 'expired';

export type BuildRequested = DomainEvent<
  'BuildRequested',
  1,
  {
    buildId: string;
    repoId: string;
    /** `owner/name` at the time; shown, never used as a key. */
    repo: string;
    number: number;
    trigger: Trigger;
    origin: Origin;
    /** The newer build of the same ref that was registered first; empty: the pull request was closed first. */
    supersededBy?: string;
  }
>;
export type BuildPlanned = DomainEvent<'BuildPlanned', 1, { plan: Plan; diagnostics: readonly Diagnostic[] }>;
export type BuildRejected = DomainEvent<'BuildRejected', 1, { diagnostics: readonly Diagnostic[] }>;
/** A pull request from a fork waits; the approval binds the commit. */
export type BuildAwaitingApproval = DomainEvent<'BuildAwaitingApproval', 1, { sha: string; reason: 'fork' }>;
export type BuildApproved = DomainEvent<'BuildApproved', 1, { sha: string }>;
/** What they need is there, and a person must say yes before they start. */
export type JobAwaitingApproval = DomainEvent<
  'JobAwaitingApproval',
  1,
  { jobs: readonly Readonly<{ jobId: string }>[] }
>;
/** `sha`: the commit that was approved; that of the build. */
export type JobApproved = DomainEvent<'JobApproved', 1, { jobs: readonly Readonly<{ jobId: string }>[]; sha: string }>;
/** The jobs were admitted: the consumer of this event sends their tickets. */
export type JobsQueued = DomainEvent<
  'JobsQueued',
  1,
  { jobs: readonly Readonly<{ jobId: string; attempt: number; pool: string }>[] }
>;
/**
 * `need`: `because` (a job id) cannot satisfy it any more. `when`: its own condition. `fail-fast`: another cell of its matrix
 * (`because`) failed. `cancelled`: the build was. `approval`: nobody approved it in time. `detail` and `line` as in `Why`. `fault`: its condition could not be
 * evaluated; that counts as a failure.
 */
export type JobsSkipped = DomainEvent<
  'JobsSkipped',
  1,
  {
    jobs: readonly Readonly<{
      jobId: string;
      reason: 'need' | 'when' | 'fail-fast' | 'cancelled' | 'approval';
      because?: string;
      detail?: string;
      line?: number;
      fault?: true;
    }>[];
  }
>;
/**
 * `again`: another attempt follows by rule: the runner or the engine was at fault, or the spec grants the command another.
 * `outputs`: what the job wrote to `$CAIRN_OUTPUT`, for its dependants.
 */
export type JobsSettled = DomainEvent<
  'JobsSettled',
  1,
  {
    jobs: readonly Readonly<{
      jobId: string;
      attempt: number;
      outcome: AttemptOutcome;
      failure?: Failure;
      again: boolean;
      outputs?: Readonly<Record<string, string>>;
    }>[];
  }
>;
/** A newer build (`by`) wants their concurrency group, and its spec says that it ends those before it. */
export type JobsCancelled = DomainEvent<
  'JobsCancelled',
  1,
  { jobs: readonly Readonly<{ jobId: string; group: string; by: string }>[] }
>;
/** `spared`: jobs that a person had approved, and that run to their end if they have begun. */
export type BuildCancelled = DomainEvent<
  'BuildCancelled',
  1,
  { reason: CancelReason; by?: string; spared?: readonly string[] }
>;
export type BuildFinished = DomainEvent<'BuildFinished', 1, { status: 'passed' | 'failed' | 'cancelled' }>;

/** `build.<id>.plan`: all that the planner decides about a build and its jobs, and the outcomes it learnt. */
export type PlanEvent =
  | BuildRequested
  | BuildPlanned
  | BuildRejected
  | BuildAwaitingApproval
  | BuildApproved
  | JobAwaitingApproval
  | JobApproved
  | JobsQueued
  | JobsSkipped
  | JobsSettled
  | JobsCancelled
  | BuildCancelled
  | BuildFinished;

/** `ticket`: the sequence of the ticket in `QUEUE`, which tells a redelivered ticket from a second one. */
export type JobStarted = DomainEvent<
  'JobStarted',
  1,
  { attempt: number; runner: string; epoch: string; executor: string; slot: string; ticket: number }
>;
/** The same runner came back, as another process (`epoch`), and went on with the attempt. */
export type JobAdopted = DomainEvent<'JobAdopted', 1, { attempt: number; runner: string; epoch: string }>;
/**
 * Step 0 is the preparation: image, source, workspace. The spec's steps count from 1; what is kept is told in one after them,
 * and the services of the job come after that (`serviceStep`). `service`: it is the log of the service of that name, and
 * goes on beside the steps. `cleanUp`: the job had been told to end, and this is
 * what it does about it.
 */
export type StepStarted = DomainEvent<
  'StepStarted',
  1,
  { attempt: number; step: number; name: string; service?: string; cleanUp?: true }
>;
/** `lines`, `bytes` and `chain` are those of the whole log of the step, as it was published. */
export type StepFinished = DomainEvent<
  'StepFinished',
  1,
  {
    attempt: number;
    step: number;
    outcome: 'passed' | 'failed' | 'cancelled';
    exitCode: number | null;
    lines: number;
    bytes: number;
    chain: string;
  }
>;
/**
 * A file that the attempt leaves behind. `name`: its path in the workspace. `key`: where its bytes are in the store of
 * artifacts. `link`: it is a link to that, and has no bytes.
 */
export type ArtifactStored = DomainEvent<
  'ArtifactStored',
  1,
  {
    attempt: number;
    name: string;
    bytes: number;
    sha256: string;
    key: string;
    executable?: true;
    link?: string;
  }
>;
/**
 * What the files with results of tests say that the attempt wrote. `report`: the blob with all of it, a `TestReport` as JSON,
 * and its size. `unread`: at most the first 20.
 */
export type TestsReported = DomainEvent<
  'TestsReported',
  1,
  {
    attempt: number;
    totals: TestTotals;
    files: number;
    report: Readonly<{ sha256: string; bytes: number }>;
    unread: readonly UnreadReport[];
    cut: ReportCut;
  }
>;
/** The runner ends the job, or a step of it, and has come so far. Nothing is decided by it: whoever does not know it may skip it. */
export type EndPhaseReached = DomainEvent<'EndPhaseReached', 1, { attempt: number } & Ending>;
export type JobFinished = DomainEvent<
  'JobFinished',
  1,
  { attempt: number; outcome: JobOutcome; failure?: Failure; outputs?: Readonly<Record<string, string>> }
>;
/** The fence: nothing that the attempt's runner still has to say is taken any more. */
export type JobLost = DomainEvent<'JobLost', 1, { attempt: number; reason: string }>;

/** `build.<id>.job.<jobId>`: what the runner that holds the job reports, and the fence. */
export type JobEvent =
  | JobStarted
  | JobAdopted
  | StepStarted
  | StepFinished
  | ArtifactStored
  | TestsReported
  | EndPhaseReached
  | JobFinished
  | JobLost;

/** The log store holds the step, and what it holds was compared with `StepFinished`; `missing` names what it lacks. */
export type LogStored = DomainEvent<
  'LogStored',
  1,
  {
    attempt: number;
    step: number;
    lines: number;
    bytes: number;
    chain: string;
    complete: boolean;
    missing?: string;
  }
>;
export type LogEvent = LogStored;

/** A message that the outside took. `state` and `description` are what a later desired state is compared with. */
export type NotificationSent = DomainEvent<
  'NotificationSent',
  1,
  { channel: 'github-status'; context: string; sha: string; state: string; description: string; targetUrl: string }
>;
export type NotificationFailed = DomainEvent<
  'NotificationFailed',
  1,
  { channel: 'github-status'; context: string; sha: string; state: string; error: string }
>;
export type NoticeEvent = NotificationSent | NotificationFailed;
