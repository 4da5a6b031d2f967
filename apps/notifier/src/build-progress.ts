import { evolvePlan, initialPlan, isOver, type PlanState } from '#domain';
import type { Decider, Diagnostic, PlanEvent } from '#events';

/** A build's plan, and what else its status tells. */
export type BuildProgress = Readonly<{
  plan: PlanState;
  /** Ids of the jobs that failed for good, in the order in which that was known. */
  failed: readonly string[];
  diagnostics: readonly Diagnostic[];
  /** The name of who cancelled it. */
  canceller?: string;
  endedAt?: string;
}>;

const initialState = (): BuildProgress => ({ plan: initialPlan(), failed: [], diagnostics: [] });

const noted = (state: BuildProgress, event: PlanEvent): BuildProgress => {
  switch (event.type) {
    case 'BuildRejected':
      return { ...state, diagnostics: event.data.diagnostics };
    case 'BuildCancelled':
      return { ...state, canceller: event.actor.name };
    case 'JobsSettled': {
      const failed = event.data.jobs.filter(({ outcome, again }) => !again && ['failed', 'lost'].includes(outcome));
      return { ...state, failed: [...state.failed, ...failed.map(({ jobId }) => jobId)] };
    }
    default:
      return state;
  }
};

const evolve = (state: BuildProgress, event: PlanEvent): BuildProgress => {
  const plan = evolvePlan(state.plan, event);
  const ends = isOver(plan) && !isOver(state.plan);
  return { ...noted(state, event), plan, ...(ends ? { endedAt: event.at } : {}) };
};

/** Folds `build.<id>.plan`; the notifier decides nothing about builds. */
export const buildProgress: Decider<BuildProgress, never, PlanEvent> = { initialState, evolve, decide: () => [] };
