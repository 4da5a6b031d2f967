/** One command of a job, as the runner gets it. */
export type StepTemplate = Readonly<{
  name: string;
  /** Commands of one shell, which stops at the first that fails. */
  run: string;
  environment: Readonly<Record<string, string>>;
}>;

/** A job as the spec describes it, before a matrix cell is put in. */
export type JobTemplate = Readonly<{
  name: string;
  image?: string;
  environment: Readonly<Record<string, string>>;
  steps: readonly StepTemplate[];
}>;

/** A job of one build. `needs` are job ids of the same plan. */
export type PlannedJob = Readonly<{
  id: string;
  name: string;
  cell: Readonly<Record<string, string | number | boolean>>;
  needs: readonly string[];
  pool: string;
  /** How many further attempts a lost or broken runner may cost. */
  infrastructureRetries: number;
  timeoutMs: number;
}>;

/** The expansion of a spec for one commit: templates once, and a row for each job. */
export type Plan = Readonly<{ templates: readonly JobTemplate[]; jobs: readonly PlannedJob[] }>;

/** A fault in a spec, with its place: `line` and `column` count from 1. */
export type Diagnostic = Readonly<{
  severity: 'error' | 'warning';
  message: string;
  line: number;
  column: number;
}>;
