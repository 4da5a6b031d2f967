import type { AttemptOutcome, BuildPlanned, BuildRejected, JobsSettled, JobsSkipped } from './build.events.js';
import { failure } from './parts.shapes.js';
import type {
  CacheTemplate,
  CloneTemplate,
  Condition,
  Diagnostic,
  EarlierStatus,
  JobTemplate,
  NotifyTemplate,
  Plan,
  PlannedJob,
  Resources,
  ServiceTemplate,
  StepTemplate,
  Why,
} from './plan.types.js';
import { amount, count, either, flag, list, no, object, oneOf, optional, record, scalar, text, yes } from './shape.js';

const diagnostic = object<Diagnostic>({
  severity: oneOf<Diagnostic['severity']>({ error: true, warning: true }),
  message: text,
  line: count,
  column: count,
  code: optional(text),
  endLine: optional(count),
  endColumn: optional(count),
  suggestion: optional(text),
});

const why = object<Why>({ runs: flag, detail: text, line: optional(count) });

const condition = object<Condition>({
  status: optional(list(oneOf<EarlierStatus>({ passed: true, failed: true, cancelled: true }))),
  expression: optional(text),
  line: optional(count),
});

const step = object<StepTemplate>({
  name: text,
  run: text,
  environment: record(text),
  image: optional(text),
  shell: optional(text),
  workingDirectory: optional(text),
  user: optional(text),
  secrets: optional(list(text)),
  timeoutMs: optional(count),
  retries: optional(count),
  allowFailure: optional(yes),
  when: optional(condition),
  skipped: optional(why),
});

const service = object<ServiceTemplate>({
  name: text,
  image: text,
  environment: record(text),
  command: optional(list(text)),
  privileged: optional(yes),
});

const clone = either<false, Exclude<CloneTemplate, false>>(
  no,
  object<Exclude<CloneTemplate, false>>({ depth: optional(count), submodules: optional(yes), lfs: optional(yes) }),
);

const template = object<JobTemplate>({
  name: text,
  image: optional(text),
  environment: record(text),
  steps: list(step),
  when: optional(condition),
  commandRetries: optional(count),
  allowFailure: optional(yes),
  approval: optional(yes),
  failFast: optional(yes),
  maxParallel: optional(count),
  services: optional(list(service)),
  resources: optional(object<Resources>({ cpus: optional(amount), memoryBytes: optional(count) })),
  clone: optional(clone),
  cache: optional(list(object<CacheTemplate>({ key: text, restoreKeys: list(text), paths: list(text) }))),
  artifacts: optional(list(text)),
  artifactsFrom: optional(list(text)),
  reports: optional(object<NonNullable<JobTemplate['reports']>>({ junit: list(text) })),
  notify: optional(
    list(
      object<NotifyTemplate>({
        to: text,
        on: oneOf<NotifyTemplate['on']>({ always: true, failure: true, change: true }),
      }),
    ),
  ),
});

const plannedJob = object<PlannedJob>({
  id: text,
  name: text,
  cell: record(scalar),
  needs: list(text),
  optionalNeeds: optional(list(text)),
  pool: text,
  infrastructureRetries: count,
  timeoutMs: count,
  group: optional(object<NonNullable<PlannedJob['group']>>({ name: text, cancel: flag })),
  why: optional(why),
});

const plan = object<Plan>({ templates: list(template), jobs: list(plannedJob), why: optional(why) });

/** The data of the events that carry a plan, what is wrong with one, and what became of its jobs. */
export const buildPlanned = object<BuildPlanned['data']>({ plan, diagnostics: list(diagnostic) });

export const buildRejected = object<BuildRejected['data']>({ diagnostics: list(diagnostic) });

type Skipped = JobsSkipped['data']['jobs'][number];

export const jobsSkipped = object<JobsSkipped['data']>({
  jobs: list(
    object<Skipped>({
      jobId: text,
      reason: oneOf<Skipped['reason']>({ need: true, when: true, 'fail-fast': true, cancelled: true, approval: true }),
      because: optional(text),
      detail: optional(text),
      line: optional(count),
      fault: optional(yes),
    }),
  ),
});

export const jobsSettled = object<JobsSettled['data']>({
  jobs: list(
    object<JobsSettled['data']['jobs'][number]>({
      jobId: text,
      attempt: count,
      outcome: oneOf<AttemptOutcome>({ passed: true, failed: true, cancelled: true, lost: true }),
      failure: optional(failure),
      again: flag,
      outputs: optional(record(text)),
    }),
  ),
});
