/**
 * When a job or step may run, as far as it is decided only when what comes before it has ended. `status`: outcomes of what
 * came before (a job's needs, a step's predecessors) with which it runs; without it: only `passed`. `expression`: the
 * source of a condition (without `${{` and `}}`) that must be true besides.
 */
export type Condition = Readonly<{
  status?: readonly EarlierStatus[];
  expression?: string;
  /** Where `when` stands in the spec. */
  line?: number;
}>;

/** How what came before ended, taken together: one failure makes it `failed`, else one cancellation `cancelled`. */
export type EarlierStatus = 'passed' | 'failed' | 'cancelled';

/** Why a job runs or does not, for people; `line`: the rule in the spec that decided it. */
export type Why = Readonly<{ runs: boolean; detail: string; line?: number }>;

/**
 * One command of a job, as the runner gets it. Texts may hold `${{ … }}`, which the runner replaces when it begins the
 * step; in `run` only `matrix.*`. Optional keys that are missing stand for the defaults of docs/spec.md.
 */
export type StepTemplate = Readonly<{
  name: string;
  /** Commands of one shell, which stops at the first that fails. */
  run: string;
  environment: Readonly<Record<string, string>>;
  /** Another image than the job's: a container of its own on the same workspace. */
  image?: string;
  shell?: string;
  workingDirectory?: string;
  user?: string;
  /** Names of secrets that become variables of the step. */
  secrets?: readonly string[];
  timeoutMs?: number;
  /** How many further tries a failing command gets. */
  retries?: number;
  allowFailure?: true;
  when?: Condition;
  /** Decided when the build was planned: the step does not run. */
  skipped?: Why;
}>;

/** A container beside the job's, reachable by its name. */
export type ServiceTemplate = Readonly<{
  name: string;
  image: string;
  environment: Readonly<Record<string, string>>;
  /** Instead of the image's own; one word each. */
  command?: readonly string[];
  privileged?: true;
}>;

/** `key` and `restoreKeys` may hold `hash(…)`, which the runner evaluates in the workspace. */
export type CacheTemplate = Readonly<{ key: string; restoreKeys: readonly string[]; paths: readonly string[] }>;

export type Resources = Readonly<{ cpus?: number; memoryBytes?: number }>;

/** `false`: the workspace stays empty. `depth` 0: the whole history. */
export type CloneTemplate = false | Readonly<{ depth?: number; submodules?: true; lfs?: true }>;

export type NotifyTemplate = Readonly<{ to: string; on: 'always' | 'failure' | 'change' }>;

/** A job as the spec describes it, before a matrix cell is put in. Optional keys as in `StepTemplate`. */
export type JobTemplate = Readonly<{
  name: string;
  image?: string;
  environment: Readonly<Record<string, string>>;
  steps: readonly StepTemplate[];
  /** What is decided when its needs have ended. */
  when?: Condition;
  /** How many further attempts a failing command costs; for a lost or broken runner see `PlannedJob`. */
  commandRetries?: number;
  /** A failure neither fails the build nor holds up dependants. */
  allowFailure?: true;
  /** A person must say yes before it starts. */
  approval?: true;
  /** Of a matrix: when a cell has failed, those that have not begun are skipped. */
  failFast?: true;
  /** Of a matrix: how many cells run at once. */
  maxParallel?: number;
  services?: readonly ServiceTemplate[];
  resources?: Resources;
  clone?: CloneTemplate;
  cache?: readonly CacheTemplate[];
  /** Globs of files that are kept. */
  artifacts?: readonly string[];
  /** Names of jobs whose artifacts it begins with; without it: all that it needs. */
  artifactsFrom?: readonly string[];
  reports?: Readonly<{ junit: readonly string[] }>;
  notify?: readonly NotifyTemplate[];
}>;

/** A job of one build. */
export type PlannedJob = Readonly<{
  id: string;
  /** Of its template. */
  name: string;
  /** One value for each key of the matrix, as the spec writes it. */
  cell: Readonly<Record<string, string | number | boolean>>;
  /** Names of jobs of the same plan: all cells of each. */
  needs: readonly string[];
  /** Those of `needs` that may also have been skipped, for whatever reason. */
  optionalNeeds?: readonly string[];
  pool: string;
  /** How many further attempts a lost or broken runner may cost. */
  infrastructureRetries: number;
  timeoutMs: number;
  /** One job at a time in the repository holds the group; `cancel`: a newer one ends the holder. */
  group?: Readonly<{ name: string; cancel: boolean }>;
  /** `runs: false`: its own `when` has decided against it. */
  why?: Why;
}>;

/**
 * The expansion of a spec for one commit: templates once, and a row for each job, each after what it needs. `why`: which
 * rule of `on` let the build begin.
 */
export type Plan = Readonly<{ templates: readonly JobTemplate[]; jobs: readonly PlannedJob[]; why?: Why }>;

/**
 * A finding in a spec, with its place: `line` and `column` count from 1, columns in UTF-16 code units; the end is the place
 * after the last character. `code`: `CAIRN_SPEC_…`, explained in docs/spec-errors.md. `suggestion`: what to write instead.
 */
export type Diagnostic = Readonly<{
  severity: 'error' | 'warning';
  message: string;
  line: number;
  column: number;
  code?: string;
  endLine?: number;
  endColumn?: number;
  suggestion?: string;
}>;
