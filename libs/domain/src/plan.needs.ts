import type { EarlierStatus, PlannedJob } from '#events';

/** `afterFailure`, `afterCancel`: a job was skipped, not by its own `when`, but because of what came before it. */
export type Loss = 'failed' | 'cancelled' | 'afterFailure' | 'afterCancel';

/** What keeps a job from satisfying a need. `open`: it may still. */
export type Hindrance = 'open' | Loss;

/** Of all cells of one job: whether one is open, and the first one with each loss, by its id. */
export type Cells = Readonly<{ open?: boolean } & Partial<Record<Loss, string>>>;

/** A job's needs taken together. `because`: what made them fail or be cancelled; a job's id, or the name of none. */
export type Needs = Readonly<{ open: boolean; status: EarlierStatus; because?: string }>;

/** One failure makes the needs `failed`, else one cancellation `cancelled`. A job that does not come before cannot pass. */
export const needsOf = (planned: PlannedJob, cellsOf: (name: string) => Cells | undefined): Needs => {
  const optional = new Set(planned.optionalNeeds);
  let open = false;
  let failed: string | undefined;
  let cancelled: string | undefined;
  for (const name of planned.needs) {
    const isOptional = optional.has(name);
    const cells: Cells = cellsOf(name) ?? (isOptional ? {} : { failed: name });
    open ||= cells.open ?? false;
    failed ??= cells.failed ?? (isOptional ? undefined : cells.afterFailure);
    cancelled ??= cells.cancelled ?? (isOptional ? undefined : cells.afterCancel);
  }
  if (failed !== undefined) return { open, status: 'failed', because: failed };
  return cancelled === undefined ? { open, status: 'passed' } : { open, status: 'cancelled', because: cancelled };
};

/** As what the needs may end, taken together. */
export const possibleEnds = ({ open, status }: Needs): readonly EarlierStatus[] => {
  if (!open || status === 'failed') return [status];
  return status === 'cancelled' ? ['cancelled', 'failed'] : ['passed', 'failed', 'cancelled'];
};
