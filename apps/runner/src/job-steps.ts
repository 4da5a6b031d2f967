import type { JobState, StepEnd as KnownEnd } from '#domain';
import type { Values } from '#expression';
import { SandboxDetached, UnusableExchange, UnusableStep, messageOf } from '#errors';
import type { EarlierStatus, Failure, JobTemplate, StepTemplate } from '#events';
import type { AttemptReport } from './attempt-report.js';
import type { ChunkPublisher } from './chunk-publisher.js';
import { durationWords } from './duration-words.js';
import { environmentFrom, outputsFrom } from './exchange.js';
import type { Sandbox } from './executor/index.js';
import type { Interruption } from './interruption.js';
import { pumpLog, resumeAfter } from './log/index.js';
import type { JobSecrets } from './secrets/index.js';
import { SHORTAGE_WORDS } from './shortage-words.js';
import { StepTries, codeOf, type StepEnd } from './step-tries.js';
import { stepVerdict } from './step-verdict.js';

export type StepTools = Readonly<{
  /** Its texts are worked out. */
  template: JobTemplate;
  values: Values;
  secrets: JobSecrets;
  report: AttemptReport;
  interruption: Interruption;
  /** When the job's time is over, in milliseconds since 1970. */
  deadline: number;
  graceMs: number;
  chunks: (step: number, signal: AbortSignal) => Pick<ChunkPublisher, 'publish' | 'resume'>;
}>;

/** What an earlier process of the runner has reported: how steps have ended, or that they run. */
export type KnownSteps = Pick<JobState, 'steps' | 'ends'>;

/**
 * How the steps of a job have ended, taken together, and what the job hands on. `wasCut`: something was ended, or not begun,
 * because the job was told to end.
 */
export type StepsEnd = Readonly<{ failure?: Failure; outputs: ReadonlyMap<string, string>; wasCut: boolean }>;

/** The end of one step; `failure` counts against the job. */
type Ended = Readonly<{ outcome: 'passed' | 'failed' | 'cancelled'; failure?: Failure }>;

/** What is wrong with a step beside its exit code: with what it says or writes, or with the place it runs in. */
type Trouble = { fault?: string; error?: unknown };

/** The steps of one attempt, in order, in one sandbox. */
export class JobSteps {
  #earlier: EarlierStatus = 'passed';
  #failure: Failure | undefined;
  #wasCut = false;
  #environment: ReadonlyMap<string, string> = new Map();
  /** Outputs as the steps have written them. */
  #written: ReadonlyMap<string, string> = new Map();

  constructor(
    private readonly sandbox: Sandbox,
    private readonly tools: StepTools,
  ) {}

  /** @throws AttemptSuperseded */
  async run(known?: KnownSteps): Promise<StepsEnd> {
    const { error } = known ? await this.takeExchange() : {}; // who wrote what cannot be used was told so
    if (error !== undefined) {
      const failure: Failure = { kind: 'infrastructure', message: messageOf(error) };
      return { failure, outputs: this.outputs, wasCut: false };
    }
    for (const [index, step] of this.tools.template.steps.entries()) {
      const number = index + 1;
      const before = known?.steps.get(number);
      const end = known?.ends.get(number);
      if (before === 'passed') this.note(step, { outcome: before });
      else if (end) this.note(step, this.asReported(number, before === 'cancelled', end));
      else await this.turn(number, step, before === 'running');
    }
    const failure = this.#failure ? { failure: this.#failure } : {};
    return { ...failure, outputs: this.outputs, wasCut: this.#wasCut };
  }

  private get outputs(): ReadonlyMap<string, string> {
    return this.tools.secrets.handedOn(this.#written);
  }

  private async turn(number: number, step: StepTemplate, wasBegun: boolean): Promise<void> {
    const { reason, allowsCleanUp } = this.tools.interruption;
    if (reason === 'cancelled') this.#earlier = 'cancelled';
    if (reason === 'timeout' && this.#earlier === 'passed') this.#earlier = 'failed';
    if (reason !== undefined) this.#wasCut = true;
    const verdict = stepVerdict(step, this.#earlier, this.tools.values);
    const mayRun = verdict !== 'skip' && (reason === undefined || allowsCleanUp);
    if (!mayRun && !wasBegun) return;
    const fault = typeof verdict === 'object' && !wasBegun ? verdict.fault : undefined;
    this.note(step, await this.execute(number, step, { wasBegun, isCleanUp: reason !== undefined && mayRun, fault }));
  }

  private note(step: StepTemplate, { outcome, failure }: Ended): void {
    if (outcome === 'cancelled' && this.#earlier === 'passed') this.#earlier = 'cancelled';
    if (!failure || (step.allowFailure && failure.kind !== 'infrastructure')) return;
    this.#failure ??= failure;
    if (this.#earlier === 'passed') this.#earlier = 'failed';
  }

  /** The process that saw the step end did not come to say what that meant. */
  private asReported(step: number, wasCutShort: boolean, { exitCode, at }: KnownEnd): Ended {
    const { reason } = this.tools.interruption;
    if (Date.parse(at) >= this.tools.deadline || (wasCutShort && reason === 'cancelled')) {
      this.#wasCut = true;
      return { outcome: wasCutShort ? 'cancelled' : 'failed' };
    }
    if (exitCode !== null && !wasCutShort) {
      const message = `step ${step} ended with code ${exitCode}`;
      return { outcome: 'failed', failure: { kind: 'step', message, step } };
    }
    const message = `step ${step} was cut short when the runner stopped`;
    return { outcome: 'failed', failure: { kind: 'infrastructure', message, step } };
  }

  private async execute(
    number: number,
    step: StepTemplate,
    how: Readonly<{ wasBegun: boolean; isCleanUp: boolean; fault: string | undefined }>,
  ): Promise<Ended> {
    const { report, interruption, graceMs, secrets } = this.tools;
    const chunks = this.tools.chunks(number, interruption.fence);
    const published = how.wasBegun ? await chunks.resume() : undefined;
    const { isCleanUp, fault } = how;
    await report.stepStarted(number, secrets.mask(step.name), isCleanUp);
    const environment = {
      ...Object.fromEntries(this.#environment),
      ...step.environment,
      ...secrets.variablesOf(step),
      CAIRN_WORKSPACE: this.sandbox.workspace,
    };
    const tries = new StepTries({
      ...{ sandbox: this.sandbox, number, step, environment, interruption, isCleanUp, graceMs },
      ending: (ending) => report.ending(ending),
    });
    const trouble: Trouble = fault === undefined ? {} : { fault: `its \`when\` cannot be worked out: ${fault}` };
    const log = await pumpLog(secrets.masked(this.outputOf(number, tries, trouble)), {
      publish: (chunk) => chunks.publish(chunk),
      resumeFrom: resumeAfter(published),
      now: Date.now,
      signal: interruption.fence,
    });
    interruption.fence.throwIfAborted();
    const ended = endOf(number, step, { ...tries.end, ...trouble }, interruption.reason === 'timeout');
    if (tries.end.interrupted) this.#wasCut = true;
    await report.stepFinished(number, { outcome: ended.outcome, exitCode: tries.end.exit?.code ?? null, log });
    return ended;
  }

  /** What the step prints, and what is said about it, to the same byte for whoever reads it again. */
  private async *outputOf(number: number, tries: StepTries, trouble: Trouble): AsyncGenerator<Buffer> {
    if (trouble.fault === undefined) yield* tries;
    // Whoever takes it over reports its end. Here it has none: what the masker holds back is not known to be harmless.
    if (tries.end.error instanceof SandboxDetached) throw tries.end.error;
    if (tries.end.exit?.wrote) {
      Object.assign(trouble, await this.takeExchange());
      for (const name of this.tools.secrets.withheldAt(number, this.#written))
        yield tries.line(`the output ${name} is not handed on: it holds a secret`);
    }
    if (trouble.fault !== undefined) yield tries.line(trouble.fault);
  }

  /** Takes in what the steps have written so far; or says what is wrong with it, or with the place it is read from. */
  private async takeExchange(): Promise<Trouble> {
    try {
      const exchange = await this.sandbox.exchange();
      this.#environment = environmentFrom(exchange);
      this.#written = outputsFrom(exchange);
      return {};
    } catch (error) {
      return error instanceof UnusableExchange ? { fault: messageOf(error) } : { error };
    }
  }
}

/** `isLate`: the job was told to end because it took too long. */
const endOf = (
  step: number,
  template: StepTemplate,
  { exit, error, timedOut, interrupted, fault }: StepEnd & Trouble,
  isLate: boolean,
): Ended => {
  if (interrupted) return { outcome: isLate ? 'failed' : 'cancelled' };
  if (error !== undefined) {
    const kind = error instanceof UnusableStep ? ('setup' as const) : ('infrastructure' as const);
    return { outcome: 'failed', failure: { kind, message: messageOf(error), step } };
  }
  if (fault !== undefined)
    return { outcome: 'failed', failure: { kind: 'step', message: `step ${step}: ${fault}`, step } };
  if (timedOut) {
    const message = `step ${step} took longer than ${durationWords(template.timeoutMs ?? 0)}`;
    return { outcome: 'failed', failure: { kind: 'timeout', message, step } };
  }
  if (exit?.code === 0) return { outcome: 'passed' };
  const how = exit?.code == null ? `was ended by ${codeOf(exit)}` : `ended with ${codeOf(exit)}`;
  const why = exit?.shortage ? `: ${SHORTAGE_WORDS[exit.shortage]}` : '';
  return { outcome: 'failed', failure: { kind: 'step', message: `step ${step} ${how}${why}`, step } };
};
