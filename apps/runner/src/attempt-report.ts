import { jobDecider, type JobCommand, type StoredArtifact } from '#domain';
import {
  serviceLogName,
  subjects,
  type CommandContext,
  type Ending,
  type Failure,
  type JobOutcome,
  type TestsReported,
} from '#events';
import type { Aggregates, Clock } from '#jetstream';
import { untilDone } from './retry.js';
import type { RunnerIdentity } from './runner-identity.js';

export type AttemptOf = Readonly<{ buildId: string; jobId: string; attempt: number }>;

/** How a step ended, with what its whole log amounts to. */
export type StepResult = Readonly<{
  outcome: 'passed' | 'failed' | 'cancelled';
  exitCode: number | null;
  log: Readonly<{ lines: number; bytes: number; chain: string }>;
}>;

/**
 * What the holder of an attempt says about it. Each method settles when it is stored, however long JetStream is away.
 * All @throws AttemptSuperseded when the attempt is no longer this process's: then it must stop and send nothing · the
 * reason of `signal`.
 */
export class AttemptReport {
  /** What was said of the ending, in its order; never fails. */
  #endings: Promise<void> = Promise.resolve();

  constructor(
    private readonly aggregates: Aggregates,
    private readonly now: Clock,
    private readonly identity: RunnerIdentity,
    readonly of: AttemptOf,
    private readonly signal: AbortSignal,
  ) {}

  /** Returns when the attempt began: `at` of its `JobStarted`. */
  async started(executor: string, slot: string, ticket: number): Promise<string> {
    const command = { ...this.holder(`ticket ${ticket}`), type: 'StartJob' as const, executor, slot, ticket };
    await this.say(command);
    return command.at;
  }

  adopted(): Promise<void> {
    return this.say({ ...this.holder('adoption'), type: 'AdoptJob' });
  }

  /** `isCleanUp`: the job had been told to end. */
  stepStarted(step: number, name: string, isCleanUp = false): Promise<void> {
    const more = isCleanUp ? { cleanUp: true as const } : {};
    return this.say({ ...this.holder('step'), type: 'StartStep', step, name, ...more });
  }

  serviceStarted(step: number, service: string): Promise<void> {
    return this.say({ ...this.holder('step'), type: 'StartStep', step, name: serviceLogName(service), service });
  }

  stepFinished(step: number, result: StepResult): Promise<void> {
    return this.say({ ...this.holder('step'), type: 'FinishStep', step, ...result });
  }

  artifactStored(artifact: StoredArtifact): Promise<void> {
    return this.say({ ...this.holder('artifact'), type: 'StoreArtifact', ...artifact });
  }

  testsReported(tests: Omit<TestsReported['data'], 'attempt'>): Promise<void> {
    return this.say({ ...this.holder('tests'), type: 'ReportTests', ...tests });
  }

  finished(outcome: JobOutcome, failure?: Failure, outputs?: Readonly<Record<string, string>>): Promise<void> {
    return this.say({
      ...this.holder('end'),
      ...{ type: 'FinishJob', outcome },
      ...(failure ? { failure } : {}),
      ...(outputs ? { outputs } : {}),
    });
  }

  /** Gives the attempt back: the planner decides whether there is a next one. */
  lost(reason: string): Promise<void> {
    const { attempt } = this.of;
    return this.say({ ...this.context('hand-back'), type: 'LoseJob', attempt, reason });
  }

  /**
   * How far an ending has come. Not to be waited for, since no ending waits for JetStream: what is said after it comes after it
   * in the stream, too, and who has lost the attempt learns so from that.
   */
  ending(ending: Ending): void {
    const command = { ...this.holder('ending'), type: 'ReachEndPhase' as const, ...ending };
    this.#endings = this.#endings.then(() => this.store(command)).catch(() => undefined);
  }

  /** Settles when all that was said of the ending is stored, or cannot be. */
  get endingTold(): Promise<void> {
    return this.#endings;
  }

  private async say(command: JobCommand): Promise<void> {
    await this.#endings;
    await this.store(command);
  }

  private async store(command: JobCommand): Promise<void> {
    await untilDone(() => this.aggregates.execute(jobDecider, command.subject, command), this.signal);
  }

  private holder(cause: string): CommandContext & RunnerIdentity & { attempt: number } {
    return { ...this.context(cause), ...this.identity, attempt: this.of.attempt };
  }

  private context(cause: string): CommandContext {
    const { buildId, jobId } = this.of;
    const { runner, epoch } = this.identity;
    return {
      subject: subjects.job(buildId, jobId),
      at: this.now(),
      cause: `${runner} ${epoch} ${cause}`,
      actor: { kind: 'system', id: runner, name: `runner ${runner}` },
    };
  }
}
