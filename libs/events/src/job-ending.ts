/**
 * Why a runner ends something. `step-timeout`: that step took too long, which the job need not end for. `clean-up-timeout`: all
 * clean-up steps together did. `handed-back`: the runner is to stop, or was cut off for too long. `lost`: the attempt was
 * given up while its runner was away, and this is what that runner does about it when it comes back.
 */
export type EndReason = 'cancelled' | 'timeout' | 'step-timeout' | 'clean-up-timeout' | 'handed-back' | 'lost';

/**
 * What a runner does to end a job, in this order. `signalled`: SIGTERM went to all that the step runs. `killed`: it had not
 * ended when its grace period was over, so SIGKILL followed. `broken-off`: what the runner itself was at (image, source, services,
 * files) ended at once. `removed`: the place is gone, with all that was in it.
 */
export type EndPhase = 'signalled' | 'killed' | 'broken-off' | 'removed';

/** `step` is missing for the place, `try` for a step's first, `graceMs` where there is no grace. */
export type Ending = Readonly<{ phase: EndPhase; reason: EndReason; step?: number; try?: number; graceMs?: number }>;
