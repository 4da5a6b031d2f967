import {
  fact,
  type CommandContext,
  type Decider,
  type Failure,
  type JobEvent,
  type JobFinished,
  type JobOutcome,
} from '#events';
import { AttemptSuperseded } from '#errors';

/** Who holds the attempt: a runner, and which of its processes (`epoch`). */
export type Holder = Readonly<{ attempt: number; runner: string; epoch: string }>;

export type JobCommand = CommandContext &
  (
    | (Holder & Readonly<{ type: 'StartJob'; executor: string; slot: string; ticket: number }>)
    | (Holder & Readonly<{ type: 'AdoptJob' }>)
    | (Holder & Readonly<{ type: 'StartStep'; step: number; name: string }>)
    | (Holder &
        Readonly<{
          type: 'FinishStep';
          step: number;
          outcome: 'passed' | 'failed' | 'cancelled';
          exitCode: number | null;
          log: Readonly<{ lines: number; bytes: number; chain: string }>;
        }>)
    | (Holder & Readonly<{ type: 'FinishJob' } & Omit<JobFinished['data'], 'attempt'>>)
    | Readonly<{ type: 'LoseJob'; attempt: number; reason: string }>
    | Readonly<{ type: 'WithdrawJob'; attempt: number }>
  );

/** `steps`: what is known of the newest attempt's steps, by index. */
export type JobState = Readonly<{
  status: 'waiting' | 'running' | 'ended' | 'lost';
  attempt: number;
  runner: string;
  epoch: string;
  slot: string;
  ticket: number;
  executor: string;
  outcome?: JobOutcome;
  failure?: Failure;
  steps: ReadonlyMap<number, 'running' | 'passed' | 'failed' | 'cancelled'>;
}>;

const initialState = (): JobState => ({
  status: 'waiting',
  attempt: 0,
  runner: '',
  epoch: '',
  slot: '',
  ticket: 0,
  executor: '',
  steps: new Map(),
});

const evolve = (state: JobState, event: JobEvent): JobState => {
  switch (event.type) {
    case 'JobStarted': {
      const { attempt, runner, epoch, slot, ticket, executor } = event.data;
      return { status: 'running', attempt, runner, epoch, slot, ticket, executor, steps: new Map() };
    }
    case 'JobAdopted':
      return { ...state, epoch: event.data.epoch };
    case 'StepStarted':
      return { ...state, steps: new Map(state.steps).set(event.data.step, 'running') };
    case 'StepFinished':
      return { ...state, steps: new Map(state.steps).set(event.data.step, event.data.outcome) };
    case 'JobFinished': {
      const { attempt, outcome, failure } = event.data;
      const before = attempt === state.attempt ? state : initialState(); // withdrawn: nobody ever held it
      return { ...before, status: 'ended', attempt, outcome, ...(failure ? { failure } : {}) };
    }
    case 'JobLost':
      return { ...state, status: 'lost', attempt: event.data.attempt };
    default:
      event satisfies never;
      return state;
  }
};

const jobOf = (subject: string): string => subject.split('.')[3] ?? subject;

const decide = (state: JobState, command: JobCommand): JobEvent[] => {
  const { attempt, subject } = command;
  const isRunning = state.status === 'running' && state.attempt === attempt;
  if (command.type === 'LoseJob')
    return isRunning ? [fact('JobLost', 1, command, { attempt, reason: command.reason }, attempt)] : [];
  if (command.type === 'WithdrawJob')
    // the ticket finds the attempt ended, and is acknowledged
    return state.attempt < attempt
      ? [fact('JobFinished', 1, command, { attempt, outcome: 'cancelled' as const }, attempt)]
      : [];
  const { runner, epoch } = command;
  const isHolder = state.runner === runner;
  const isSameProcess = isHolder && state.epoch === epoch;
  if (command.type === 'StartJob') {
    if (isRunning && isSameProcess) return []; // asked again, because the first answer was lost
    if (attempt <= state.attempt) throw new AttemptSuperseded(jobOf(subject), attempt); // fences a runner given up for dead
    const { executor, slot, ticket } = command;
    return [fact('JobStarted', 1, command, { attempt, runner, epoch, executor, slot, ticket }, attempt)];
  }
  if (command.type === 'FinishJob' && isSameProcess && state.status === 'ended' && state.attempt === attempt) return [];
  if (!isRunning || !isHolder) throw new AttemptSuperseded(jobOf(subject), attempt);
  if (command.type === 'AdoptJob')
    return state.epoch === epoch
      ? []
      : [fact('JobAdopted', 1, command, { attempt, runner, epoch }, `${attempt}.${epoch}`)];
  if (!isSameProcess) throw new AttemptSuperseded(jobOf(subject), attempt);
  switch (command.type) {
    case 'StartStep': {
      const { step, name } = command;
      if (state.steps.has(step)) return [];
      return [fact('StepStarted', 1, command, { attempt, step, name }, `${attempt}.${step}`)];
    }
    case 'FinishStep': {
      const { step, outcome, exitCode, log } = command;
      if (state.steps.get(step) !== 'running') return [];
      return [fact('StepFinished', 1, command, { attempt, step, outcome, exitCode, ...log }, `${attempt}.${step}`)];
    }
    case 'FinishJob': {
      const { outcome, failure, outputs } = command;
      const more = { ...(failure ? { failure } : {}), ...(outputs ? { outputs } : {}) };
      return [fact('JobFinished', 1, command, { attempt, outcome, ...more }, attempt)];
    }
  }
};

/** What the runner that holds a job reports, and the fence: the truth of `build.<id>.job.<jobId>`. */
export const jobDecider: Decider<JobState, JobCommand, JobEvent> = { initialState, evolve, decide };
