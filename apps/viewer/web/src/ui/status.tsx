import type { BuildStatus, JobStatus, JobView, StepStatus } from '#domain';

export type AnyStatus =
  | BuildStatus
  | JobStatus
  | StepStatus
  | 'failed_allowed'
  | 'lost'
  | 'accepted'
  | 'ignored'
  | 'enabled'
  | 'disabled'
  | 'stuck'
  | 'stopping'
  | 'busy'
  | 'free';

/** Shapes differ, not only colours. Drawn in a box of 16. */
const SHAPES = {
  check: 'M4 8.5l2.7 2.7L12 5.5',
  cross: 'M5 5l6 6M11 5l-6 6',
  bar: 'M4.5 11.5l7-7',
  mark: 'M8 4.3v4.6M8 11.4v.1',
  pause: 'M6.3 5.3v5.4M9.7 5.3v5.4',
  dots: 'M5 8h.1M8 8h.1M11 8h.1',
  arrow: 'M5 5.2L8 8l-3 2.8M8.6 5.2l3 2.8-3 2.8',
  arc: 'M8 1.5a6.5 6.5 0 0 1 6.5 6.5',
} as const;

const LOOKS: Readonly<Record<AnyStatus, readonly [word: string, tone: string, shape: keyof typeof SHAPES]>> = {
  requested: ['requested', 'idle', 'dots'],
  planned: ['planned', 'idle', 'dots'],
  waiting: ['waiting', 'idle', 'dots'],
  queued: ['queued', 'idle', 'dots'],
  awaiting_approval: ['awaiting approval', 'attention', 'pause'],
  running: ['running', 'running', 'arc'],
  passed: ['passed', 'passed', 'check'],
  accepted: ['accepted', 'passed', 'check'],
  failed: ['failed', 'failed', 'cross'],
  failed_allowed: ['failed (allowed)', 'attention', 'cross'],
  rejected: ['rejected', 'failed', 'mark'],
  lost: ['lost', 'attention', 'mark'],
  cancelled: ['cancelled', 'idle', 'bar'],
  skipped: ['skipped', 'idle', 'arrow'],
  enabled: ['enabled', 'passed', 'check'],
  disabled: ['disabled', 'idle', 'bar'],
  ignored: ['ignored', 'idle', 'bar'],
  stuck: ['stuck', 'attention', 'mark'],
  stopping: ['stopping', 'idle', 'pause'],
  busy: ['busy', 'running', 'dots'],
  free: ['free', 'passed', 'check'],
};

/** What is shown of a job. */
export const jobStatus = ({ status, allowFailure }: Pick<JobView, 'status' | 'allowFailure'>): AnyStatus =>
  status === 'failed' && allowFailure ? 'failed_allowed' : status;

const isKnown = (status: string): status is AnyStatus => Object.hasOwn(LOOKS, status);

/** A state by icon, word and colour together. */
export const Status = ({ status, quiet = false }: Readonly<{ status: string; quiet?: boolean }>) => {
  const [word, tone, shape] = isKnown(status) ? LOOKS[status] : [status, 'idle', 'dots' as const];
  return (
    <span class={`status ${tone}`} data-testid={quiet ? undefined : 'status'} data-status={status}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.5" />
        <path d={SHAPES[shape]} />
      </svg>
      <span>{word}</span>
    </span>
  );
};
