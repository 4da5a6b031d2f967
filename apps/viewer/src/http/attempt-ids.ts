import type { ReadModel } from '../read-model/read-model.js';
import * as parameters from './parameters.js';

export type AttemptIds = Readonly<{ buildId: string; jobId: string; attempt: number }>;

const MOST_ATTEMPTS = 1e6;

/** The attempt that is asked for, by default the newest. @throws NotFoundException · BadRequestException */
export const attemptIdsOf = (
  model: ReadModel,
  { build, job }: Readonly<{ build: string; job: string }>,
  query: parameters.Query,
): AttemptIds => {
  const ids = { buildId: parameters.buildIdOf(build), jobId: parameters.jobIdOf(job) };
  const known = model.job(ids.buildId, ids.jobId);
  if (!known) throw parameters.notFound('job');
  const attempt = parameters.numberOf(query, 'attempt', 1, MOST_ATTEMPTS) ?? known.view.attempt;
  if (attempt > Math.max(1, known.view.attempt)) throw parameters.notFound('attempt of this job');
  return { ...ids, attempt };
};
