import { CAIRN_FIELDS, STATUS_FUNCTIONS, TEXT_FUNCTIONS, type CairnField, type Scope } from '#expression';

/** What is known of a build when it is planned. */
export const PLANNED_FIELDS = [
  ...(['sha', 'ref', 'branch', 'tag', 'event', 'repo', 'repo_id', 'pull_request', 'base', 'head', 'job'] as const),
  ...(['default_branch', 'title', 'author'] as const),
] as const satisfies readonly CairnField[];

const PLANNED: ReadonlySet<CairnField> = new Set(PLANNED_FIELDS);
const ALL: ReadonlySet<CairnField> = new Set(Object.keys(CAIRN_FIELDS) as CairnField[]);
const WITH_STATUS = [...TEXT_FUNCTIONS, ...STATUS_FUNCTIONS];
const WITH_HASH = [...TEXT_FUNCTIONS, 'hash'] as const;

/** The names that expressions may use in a place. */
type Names = ReadonlySet<string>;
export type JobNames = Readonly<{ inputs: Names; jobs: Names; matrix: Names; needs: Names }>;

/** A scope that is made when there is an expression: most texts have none. */
export type LazyScope = () => Scope;

/** What the `environment` at the top level may use, where no job is known. */
export const topLevelValue =
  (inputs: Names): LazyScope =>
  () => ({ where: 'at the top level', contexts: { cairn: ALL, inputs }, functions: TEXT_FUNCTIONS });

/** What the `image` at the top level may use. */
export const topLevelImage =
  (inputs: Names): LazyScope =>
  () => ({ where: 'at the top level', contexts: { cairn: PLANNED, inputs }, functions: TEXT_FUNCTIONS });

/** The names of variables, as late as they are asked for. */
export type LazyNames = () => Names;

/** What expressions may use in the places of one job. */
export class JobScopes {
  constructor(private readonly names: JobNames) {}

  /** Worked out when the build is planned. */
  planned(where: string): LazyScope {
    const { inputs, matrix } = this.names;
    return () => ({ where, contexts: { cairn: PLANNED, inputs, matrix }, functions: TEXT_FUNCTIONS });
  }

  /** The name of an image: worked out for each cell when the build is planned, and put in when the job begins. */
  image(): LazyScope {
    return this.planned('in `image`');
  }

  /** Worked out when the job begins. */
  value(where: string): LazyScope {
    const { inputs, matrix, needs, jobs } = this.names;
    const contexts = { cairn: ALL, inputs, matrix, needs };
    return () => ({ where, contexts, jobs, functions: TEXT_FUNCTIONS });
  }

  /** Worked out when a step begins. */
  stepValue(where: string, environment: LazyNames): LazyScope {
    return () => {
      const scope = this.value(where)();
      return { ...scope, contexts: { ...scope.contexts, environment: environment() } };
    };
  }

  /** Handed to a shell. */
  command(where: string): LazyScope {
    return () => ({ where, contexts: { matrix: this.names.matrix }, command: true });
  }

  when(): LazyScope {
    const { inputs, matrix, needs, jobs } = this.names;
    const contexts = { cairn: PLANNED, inputs, matrix, needs };
    return () => ({ where: 'in the `when` of a job', contexts, jobs, functions: WITH_STATUS });
  }

  stepWhen(environment: LazyNames): LazyScope {
    return () => ({ ...this.stepValue('in the `when` of a step', environment)(), functions: WITH_STATUS });
  }

  /** The key of a cache: worked out in the workspace. */
  key(environment: LazyNames): LazyScope {
    return () => ({ ...this.stepValue('in the key of a cache', environment)(), functions: WITH_HASH });
  }
}
