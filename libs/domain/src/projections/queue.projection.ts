import type { Heartbeat } from '#events';
import type { OpenBuild } from '../open-build.js';
import type { QueueEntry } from '../queue.js';
import type { QueueView, RunnerView } from '../views.js';
import { titleOf } from './reasons.js';

/** The entries with what people know builds and jobs by. */
export const queueViews = (entries: readonly QueueEntry[], builds: readonly OpenBuild[]): readonly QueueView[] => {
  const states = new Map(builds);
  return entries.map(({ buildId, jobId, ...entry }) => {
    const state = states.get(buildId);
    const planned = state?.jobs.get(jobId)?.planned;
    const { number = 0, repo = '' } = state?.request ?? {};
    return {
      id: `${buildId}.${jobId}`,
      buildId,
      number,
      repo,
      jobId,
      title: planned ? titleOf(planned) : jobId,
      ...entry,
    };
  });
};

export const runnerViews = (runners: readonly Heartbeat[]): readonly RunnerView[] =>
  runners
    .map(({ runner, pools, capacity, running, trouble = null, note = null, at }) => ({
      ...{ id: runner, pools, slots: capacity, running, trouble, note, at },
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
