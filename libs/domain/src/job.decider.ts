import {
  fact,
  ignorable,
  type ArtifactStored,
  type CommandContext,
  type Decider,
  type Ending,
  type Failure,
  type JobEvent,
  type JobFinished,
  type JobOutcome,
  type TestsReported,
} from '#events';
import { AttemptSuperseded } from '#errors';

/** Who holds the attempt: a runner, and which of its processes (`epoch`). */
export type Holder = Readonly<{ attempt: number; runner: string; epoch: string }>;

export type JobCommand = CommandContext &
  (
    | (Holder & Readonly<{ type: 'StartJob'; executor: string; slot: string; ticket: number }>)
    | (Holder & Readonly<{ type: 'AdoptJob' }>)
    | (Holder & Readonly<{ type: 'StartStep'; step: number; name: string; service?: string; cleanUp?: true }>)
    | (Holder &
        Readonly<{
          type: 'FinishStep';
          step: number;
          outcome: 'passed' | 'failed' | 'cancelled';
          exitCode: number | null;
          log: Readonly<{ lines: number; bytes: number; chain: string }>;
        }>)
    | (Holder & Readonly<{ type: 'StoreArtifact' } & Omit<ArtifactStored['data'], 'attempt'>>)
    | (Holder & Readonly<{ type: 'ReportTests' } & Omit<TestsReported['data'], 'attempt'>>)
    | (Holder & Readonly<{ type: 'ReachEndPhase' }> & Ending)
    | (Holder & Readonly<{ type: 'FinishJob' } & Omit<JobFinished['data'], 'attempt'>>)
    | Readonly<{ type: 'LoseJob'; attempt: number; reason: string }>
    | Readonly<{ type: 'WithdrawJob'; attempt: number }>
  );

/** How a step ended: its exit code, null where it has none, and when. */
export type StepEnd = Readonly<{ exitCode: number | null; at: string }>;

/** A file that was kept. */
export type StoredArtifact = Omit<ArtifactStored['data'], 'attempt'>;

/** `steps` and `ends`: what is known of the newest attempt's steps, by index. `startedAt`: when that attempt began. */
export type JobState = Readonly<{
  status: 'waiting' | 'running' | 'ended' | 'lost';
  attempt: number;
  runner: string;
  epoch: string;
  slot: string;
  ticket: number;
  executor: string;
  startedAt: string;
  outcome?: JobOutcome;
  failure?: Failure;
  steps: ReadonlyMap<number, 'running' | 'passed' | 'failed' | 'cancelled'>;
  ends: ReadonlyMap<number, StepEnd>;
  /** What the newest attempt has left behind, by name. */
  artifacts: ReadonlyMap<string, StoredArtifact>;
  /** The newest attempt has said what its tests came to. */
  hasReportedTests: boolean;
  /** What was said of the newest attempt's ending, by `endingKey`. */
  endings: ReadonlySet<string>;
}>;

const initialState = (): JobState => ({
  status: 'waiting',
  attempt: 0,
  runner: '',
  epoch: '',
  slot: '',
  ticket: 0,
  executor: '',
  startedAt: '',
  steps: new Map(),
  ends: new Map(),
  artifacts: new Map(),
  hasReportedTests: false,
  endings: new Set(),
});

/** Two phases that are the same have one key. */
const endingKey = ({ phase, step, try: again }: Ending): string => `${phase}.${step ?? ''}.${again ?? ''}`;

const evolve = (state: JobState, event: JobEvent): JobState => {
  switch (event.type) {
    case 'JobStarted': {
      const { attempt, runner, epoch, slot, ticket, executor } = event.data;
      const held = { attempt, runner, epoch, slot, ticket, executor, startedAt: event.at };
      return { ...initialState(), status: 'running', ...held };
    }
    case 'JobAdopted':
      return { ...state, epoch: event.data.epoch };
    case 'StepStarted':
      return { ...state, steps: new Map(state.steps).set(event.data.step, 'running') };
    case 'StepFinished': {
      const { step, outcome, exitCode } = event.data;
      const ends = new Map(state.ends).set(step, { exitCode, at: event.at });
      return { ...state, steps: new Map(state.steps).set(step, outcome), ends };
    }
    case 'ArtifactStored': {
      const { attempt: _, ...artifact } = event.data;
      return { ...state, artifacts: new Map(state.artifacts).set(artifact.name, artifact) };
    }
    case 'TestsReported':
      return { ...state, hasReportedTests: true };
    case 'EndPhaseReached':
      return event.data.attempt === state.attempt
        ? { ...state, endings: new Set(state.endings).add(endingKey(event.data)) }
        : state;
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

/** The place is removed after the end, and perhaps by a later process; a next attempt has no word for it. */
const mayRemove = (state: JobState, { attempt, runner, epoch }: Holder): boolean =>
  state.attempt === attempt && state.runner === runner && (state.status !== 'running' || state.epoch === epoch);

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
  if (command.type === 'ReachEndPhase') {
    const { phase, reason, step, try: again, graceMs } = command;
    const more = {
      ...(step === undefined ? {} : { step }),
      ...(again === undefined ? {} : { try: again }),
      ...(graceMs === undefined ? {} : { graceMs }),
    };
    const isTold = state.endings.has(endingKey(command));
    if (isTold || (phase === 'removed' && !mayRemove(state, command))) return [];
    if (phase !== 'removed' && !(isRunning && isSameProcess)) throw new AttemptSuperseded(jobOf(subject), attempt);
    const data = { attempt, phase, reason, ...more };
    return [ignorable(fact('EndPhaseReached', 1, command, data, `${attempt}.${endingKey(command)}`))];
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
      const { step, name, service, cleanUp } = command;
      if (state.steps.has(step)) return [];
      const more = { ...(service === undefined ? {} : { service }), ...(cleanUp ? { cleanUp } : {}) };
      const data = { attempt, step, name, ...more };
      return [fact('StepStarted', 1, command, data, `${attempt}.${step}`)];
    }
    case 'FinishStep': {
      const { step, outcome, exitCode, log } = command;
      if (state.steps.get(step) !== 'running') return [];
      return [fact('StepFinished', 1, command, { attempt, step, outcome, exitCode, ...log }, `${attempt}.${step}`)];
    }
    case 'StoreArtifact': {
      const { name, bytes, sha256, key, executable, link } = command;
      if (state.artifacts.has(name)) return []; // kept before the runner was restarted
      const more = { ...(executable ? { executable } : {}), ...(link === undefined ? {} : { link }) };
      const data = { attempt, name, bytes, sha256, key, ...more };
      return [fact('ArtifactStored', 1, command, data, `${attempt}.artifact.${name}`)];
    }
    case 'ReportTests': {
      const { totals, files, report, unread, cut } = command;
      if (state.hasReportedTests) return [];
      return [fact('TestsReported', 1, command, { attempt, totals, files, report, unread, cut }, attempt)];
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
