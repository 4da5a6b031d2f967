import type { AttemptOutcome, BuildPlanned, BuildRejected, JobsSettled, JobsSkipped } from './build.events.js';
import { failure } from './parts.shapes.js';
import type { Diagnostic, JobTemplate, Plan, PlannedJob, StepTemplate } from './plan.types.js';
import { count, flag, list, object, oneOf, optional, record, scalar, text } from './shape.js';

const diagnostic = object<Diagnostic>({
  severity: oneOf<Diagnostic['severity']>({ error: true, warning: true }),
  message: text,
  line: count,
  column: count,
});

const step = object<StepTemplate>({ name: text, run: text, environment: record(text) });

const template = object<JobTemplate>({
  name: text,
  image: optional(text),
  environment: record(text),
  steps: list(step),
});

const plannedJob = object<PlannedJob>({
  id: text,
  name: text,
  cell: record(scalar),
  needs: list(text),
  pool: text,
  infrastructureRetries: count,
  timeoutMs: count,
});

const plan = object<Plan>({ templates: list(template), jobs: list(plannedJob) });

/** The data of the events that carry a plan, what is wrong with one, and what became of its jobs. */
export const buildPlanned = object<BuildPlanned['data']>({ plan, diagnostics: list(diagnostic) });

export const buildRejected = object<BuildRejected['data']>({ diagnostics: list(diagnostic) });

export const jobsSkipped = object<JobsSkipped['data']>({
  jobs: list(
    object<JobsSkipped['data']['jobs'][number]>({
      jobId: text,
      reason: oneOf({ need: true, cancelled: true }),
      because: optional(text),
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
    }),
  ),
});
