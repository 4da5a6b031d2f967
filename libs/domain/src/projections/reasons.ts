import type { BuildCancelled, Diagnostic, JobsSkipped } from '#events';
import type { JobView } from '../views.js';

/** What the views say to people. Names come from outside: these are plain texts, never markup. */
const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

export const whyWaiting = (needs: readonly string[]): string =>
  needs.length === 0 ? 'waits to be admitted' : `waits for ${quoted(needs)}`;

export const whyQueued = (pool: string): string => `waits for a free runner of pool \`${pool}\``;

export const whySkipped = (
  { reason, because }: JobsSkipped['data']['jobs'][number],
  jobs: ReadonlyMap<string, JobView>,
): string => {
  if (reason === 'cancelled') return 'the build was cancelled';
  if (because === undefined) return 'a job that it needs did not pass';
  const need = jobs.get(because);
  const name = quoted([need?.name ?? because]);
  if (need?.status === 'failed') return `needs ${name}, which failed`;
  if (need?.status === 'cancelled') return `needs ${name}, which was cancelled`;
  if (need?.status === 'skipped') return `needs ${name}, which was skipped`;
  return `needs ${name}, which did not pass`;
};

export const whyCancelled = ({ data, actor }: BuildCancelled): string => {
  switch (data.reason) {
    case 'superseded':
      return 'superseded by a newer push';
    case 'closed':
      return 'the branch or pull request was closed';
    case 'user':
      return `cancelled by ${data.by ?? actor.name}`;
    default:
      data.reason satisfies never;
      return 'cancelled';
  }
};

export const whyRejected = (diagnostics: readonly Diagnostic[]): string => {
  const fault = diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0];
  return fault ? `line ${fault.line}, column ${fault.column}: ${fault.message}` : 'the build spec cannot be used';
};
