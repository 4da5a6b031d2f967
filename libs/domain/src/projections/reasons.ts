import type { BuildCancelled, Diagnostic, JobsSkipped, PlannedJob } from '#events';
import type { JobStatus, JobView } from '../views.js';

/** What the views say to people. Names come from outside: these are plain texts, never markup. */
const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** What holds a job up that could run: its matrix lets so many run at once, its group one. */
export type Limits = Readonly<{ maxParallel?: number; group?: string }>;

/** `needs`: those that have not ended. */
export const whyWaiting = (needs: readonly string[], { maxParallel, group }: Limits): string => {
  if (needs.length > 0) return `waits for ${quoted(needs)}`;
  if (group !== undefined) return `waits to be admitted, and for its turn in the group \`${group}\``;
  return maxParallel === undefined
    ? 'waits to be admitted'
    : `waits to be admitted: at most ${maxParallel} of its matrix at once`;
};

/** `line`: where the condition stands in the spec. */
export const whyByWhen = (detail: string, line: number | undefined): string =>
  `its \`when\`${line === undefined ? '' : ` (line ${line})`}: ${detail}`;

/** A job's name, with the values of its cell: `test (20, linux)`. */
export const titleOf = ({ name, cell }: Pick<PlannedJob, 'name' | 'cell'>): string => {
  const values = Object.values(cell);
  return values.length === 0 ? name : `${name} (${values.join(', ')})`;
};

export const whyQueued = (pool: string): string => `waits for a free runner of pool \`${pool}\``;

const WHICH: Readonly<Partial<Record<JobStatus, string>>> = {
  failed: 'which failed',
  cancelled: 'which was cancelled',
  skipped: 'which was skipped',
};

export const whySkipped = (
  { reason, because: id, detail, line }: JobsSkipped['data']['jobs'][number],
  because: JobView | undefined,
): string => {
  if (reason === 'cancelled') return 'the build was cancelled';
  if (reason === 'approval') return 'nobody approved it in time';
  if (reason === 'when') return whyByWhen(detail ?? 'it is not met', line);
  if (id === undefined) return 'a job that it needs did not pass';
  const name = quoted([because?.title ?? id]);
  if (reason === 'fail-fast') return `${name} failed, and its matrix has \`fail_fast\``;
  return `needs ${name}, ${(because && WHICH[because.status]) ?? 'which did not pass'}`;
};

export const whyCancelled = ({ data, actor }: BuildCancelled): string => {
  switch (data.reason) {
    case 'superseded':
      return 'superseded by a newer push';
    case 'closed':
      return 'the branch or pull request was closed';
    case 'expired':
      return 'nobody approved it in time';
    case 'user':
      return `cancelled by ${data.by ?? actor.name}`;
    default:
      data.reason satisfies never;
      return 'cancelled';
  }
};

export const AWAITS_APPROVAL = 'waits until a person approves it';

/** `names`: of jobs. */
export const whyAwaiting = (names: readonly string[]): string => `waits for the approval of ${quoted(names)}`;

export const whyEndedByGroup = (group: string): string => `a newer build took the group \`${group}\``;

export const whyRejected = (diagnostics: readonly Diagnostic[]): string => {
  const fault = diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0];
  return fault ? `line ${fault.line}, column ${fault.column}: ${fault.message}` : 'the build spec cannot be used';
};
