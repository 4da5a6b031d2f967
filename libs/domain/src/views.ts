import type {
  CancelReason,
  Diagnostic,
  EndPhase,
  EndReason,
  Failure,
  IgnoreReason,
  PlannedJob,
  RepoSchedules,
  RunnerTrouble,
  TestTotals,
  Trigger,
  Why,
} from '#events';

/** What the API answers with. Every key is always there; null stands for "not yet" or "does not apply". */
export type BuildStatus =
  'requested' | 'planned' | 'awaiting_approval' | 'running' | 'passed' | 'failed' | 'cancelled' | 'rejected';
export type JobStatus =
  'waiting' | 'awaiting_approval' | 'queued' | 'running' | 'passed' | 'failed' | 'cancelled' | 'skipped';
export type StepStatus = 'waiting' | 'running' | 'passed' | 'failed' | 'cancelled' | 'skipped';

/** `index` 0 is the preparation (image, source, workspace). Times: ISO 8601 in UTC. */
export type StepView = Readonly<{
  index: number;
  name: string;
  status: StepStatus;
  exitCode: number | null;
  /** Of the whole log; null until the step has ended. */
  lines: number | null;
  bytes: number | null;
  startedAt: string | null;
  finishedAt: string | null;
  /** The log store was compared with what the runner sent: all there, not all there, not compared yet. */
  stored: boolean | null;
  /** Why it does not run, where its own `when` decided that with the plan. */
  reason: string | null;
  /** It is the service of that name, which goes on beside the steps; null: it is a step. */
  service: string | null;
  /** The job had been told to end, and this is what it did about it. */
  cleanUp: boolean;
}>;

/**
 * One thing that was done to end an attempt. `told`: its build was cancelled, or its group taken. `cleaning-up`: a clean-up step
 * began. For the others see `EndPhase`.
 */
export type EndingView = Readonly<{
  phase: 'told' | 'cleaning-up' | EndPhase;
  reason: EndReason | null;
  /** Null for the whole job. */
  step: number | null;
  /** How long the step has, or had, to end by itself. */
  graceMs: number | null;
  /** The same for people. */
  detail: string;
  at: string;
}>;

export type JobView = Readonly<{
  id: string;
  name: string;
  /** Its value of each key of the matrix; empty without one. */
  cell: PlannedJob['cell'];
  /** The name, with the cell for people: `test (20, linux)`. */
  title: string;
  /** Names of jobs: all cells of each. */
  needs: readonly string[];
  status: JobStatus;
  /** A failure of it is no failure of the build. */
  allowFailure: boolean;
  /** The rule of the spec that lets it run or not, where there is one. */
  why: Why | null;
  /** The newest attempt; 0 before the first. */
  attempt: number;
  /** Why it runs, waits, was skipped or failed, for people. */
  reason: string | null;
  failure: Failure | null;
  image: string | null;
  runner: string | null;
  executor: string | null;
  queuedAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  /** Steps of the newest attempt. */
  steps: readonly StepView[];
  /** What the newest attempt has left behind. */
  artifacts: Readonly<{ files: number; bytes: number }>;
  /** What its tests came to; null: it has not reported any. */
  tests: TestTotals | null;
  /** What was done to end the newest attempt, in order; empty: it ended by itself, or goes on. */
  ending: readonly EndingView[];
  /** Attempts before the newest, with how each ended. */
  earlier: readonly Readonly<{
    attempt: number;
    outcome: string;
    reason: string | null;
    ending: readonly EndingView[];
  }>[];
}>;

export type BuildView = Readonly<{
  id: string;
  number: number;
  repoId: string;
  repo: string;
  sha: string;
  ref: string;
  branch: string | null;
  tag: string | null;
  event: Trigger['event'];
  title: string;
  author: string;
  pullRequest: number | null;
  status: BuildStatus;
  /** Why it was cancelled, rejected or waits, for people. */
  reason: string | null;
  /** Which rule of `on` let it begin; null until it is planned. */
  why: Why | null;
  cancelReason: CancelReason | null;
  diagnostics: readonly Diagnostic[];
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  jobs: readonly JobView[];
}>;

/** A build in a list: no jobs. */
export type BuildSummary = Omit<BuildView, 'jobs' | 'diagnostics'>;

export type DeliveryView = Readonly<{
  id: string;
  event: string;
  action: string | null;
  repo: string | null;
  repoId: string | null;
  outcome: 'accepted' | 'ignored';
  buildId: string | null;
  reason: IgnoreReason | null;
  /** For people: what became of it and why. */
  detail: string;
  /** Where the rule stands in the spec that decided so. */
  line: number | null;
  at: string;
}>;

export type RepoView = Readonly<{
  id: string;
  name: string;
  enabled: boolean;
  defaultBranch: string;
  builds: number;
  openBuilds: number;
  /** When builds begin by themselves: `slot` is the last time that was built or passed over. */
  schedules: RepoSchedules['entries'];
}>;

/**
 * Why a job that has what it needs does not run yet. Its build: `approval`, `max-parallel`. Its repository's limits:
 * `repository`. Its pool: `no-runner`, `engine`, `disk`, `stopping`, `slots`. `no-planner`: nobody admits jobs. `turn`: it is
 * about to begin.
 */
export type QueueReason =
  | 'approval'
  | 'max-parallel'
  | 'group'
  | 'repository'
  | 'no-runner'
  | 'engine'
  | 'disk'
  | 'stopping'
  | 'slots'
  | 'no-planner'
  | 'turn';

export type QueueView = Readonly<{
  /** Of build and job together. */
  id: string;
  buildId: string;
  number: number;
  repo: string;
  jobId: string;
  /** The job's name, with its cell. */
  title: string;
  pool: string;
  /** In its pool, counted from 1; null for what waits for its own build. */
  position: number | null;
  reason: QueueReason;
  /** The reason for people. */
  detail: string;
  /** When it had all that it needs. */
  since: string;
}>;

export type RunnerView = Readonly<{
  id: string;
  pools: readonly string[];
  slots: number;
  running: number;
  trouble: RunnerTrouble | null;
  /** What keeps it from taking jobs, for people. */
  note: string | null;
  /** When it was last heard of, by its own clock. */
  at: string;
}>;
