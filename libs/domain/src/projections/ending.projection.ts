import type { Ending, EndPhaseReached, EndReason, StepStarted } from '#events';
import type { EndingView } from '../views.js';

const WHY: Readonly<Record<EndReason, string>> = {
  cancelled: 'the job was cancelled',
  timeout: 'the job took too long',
  'step-timeout': 'it took too long',
  'clean-up-timeout': 'the clean-up took too long',
  'handed-back': 'its runner has to let go of it',
  lost: 'the attempt had been given up',
};

const grace = (ms = 0): string => `${Math.round(ms / 100) / 10} s`;

/** One phase of an ending, for people. */
export const endingWords = ({ phase, reason, step, try: again, graceMs }: Ending): string => {
  const which = `step ${step ?? 0}${again === undefined ? '' : ` (try ${again})`}`;
  switch (phase) {
    case 'signalled':
      return `asked ${which} to end, ${grace(graceMs)} grace: ${WHY[reason]}`;
    case 'killed':
      return graceMs ? `killed ${which} after ${grace(graceMs)}` : `killed ${which}`;
    case 'broken-off':
      return `broke off ${step === 0 ? 'the preparation' : which}: ${WHY[reason]}`;
    case 'removed':
      return 'removed the place it ran in, with all that was in it';
  }
};

export const phaseView = ({ at, data }: EndPhaseReached): EndingView => {
  const { phase, reason, step = null, graceMs = null } = data;
  return { phase, reason, step, graceMs, detail: endingWords(data), at };
};

/** The steps that clean up belong to the ending. */
export const cleanUpView = ({ at, data: { step, name } }: StepStarted): EndingView => ({
  ...{ phase: 'cleaning-up', reason: null, step, graceMs: null },
  ...{ detail: `began the clean-up step ${step}, ${name}`, at },
});

/** What a running job is to be ended for is known before its runner has said anything. */
export const toldView = (at: string): EndingView => ({
  ...{ phase: 'told', reason: 'cancelled', step: null, graceMs: null },
  ...{ detail: 'cancelled: its runner is told to end it', at },
});
