import type { Values } from '#expression';
import { SandboxDetached, UnusableExchange, UnusableStep, messageOf } from '#errors';
import type { EarlierStatus, Failure, JobTemplate, StepTemplate } from '#events';
import type { AttemptReport } from './attempt-report.js';
import type { ChunkPublisher } from './chunk-publisher.js';
import { environmentFrom, outputsFrom } from './exchange.js';
import type { Sandbox } from './executor/index.js';
import type { Interruption } from './interruption.js';
import { pumpLog, resumeAfter } from './log/index.js';
import { StepTries, codeOf, type StepEnd } from './step-tries.js';
import { stepVerdict } from './step-verdict.js';

export type StepTools = Readonly<{
  /** Its texts are worked out. */
  template: JobTemplate;
  values: Values;
  report: AttemptReport;
  interruption: Interruption;
  graceMs: number;
  chunks: (step: number, signal: AbortSignal) => Pick<ChunkPublisher, 'publish' | 'resume'>;
}>;

/** How the steps of a job have ended, taken together, and what the job hands on. */
export type StepsEnd = Readonly<{ failure?: Failure; outputs: ReadonlyMap<string, string> }>;

/** The end of one step; `failure` counts against the job. */
type Ended = Readonly<{ outcome: 'passed' | 'failed' | 'cancelled'; failure?: Failure }>;

/** What is wrong with a step beside its exit code: with what it says or writes, or with the place it runs in. */
type Trouble = { fault?: string; error?: unknown };

const minutes = (ms: number): string => `${Math.round((ms / 60_000) * 10) / 10} min`;

/** The steps of one attempt, in order, in one sandbox. */
export class JobSteps {
  #earlier: EarlierStatus = 'passed';
  #failure: Failure | undefined;
  #environment: ReadonlyMap<string, string> = new Map();
  #outputs: ReadonlyMap<string, string> = new Map();

  constructor(
    private readonly sandbox: Sandbox,
    private readonly tools: StepTools,
  ) {}

  /** `known`: how steps have ended, or that they run, as an earlier process has reported. @throws AttemptSuperseded */
  async run(known: ReadonlyMap<number, string> = new Map()): Promise<StepsEnd> {
    if (known.size > 0) await this.takeExchange().catch(() => undefined); // who wrote what cannot be used was told so
    for (const [index, step] of this.tools.template.steps.entries()) {
      const number = index + 1;
      const before = known.get(number);
      if (before !== undefined && before !== 'running') this.note(step, this.asReported(number, before));
      else if (this.mayBegin) await this.turn(number, step, before === 'running');
    }
    return { ...(this.#failure ? { failure: this.#failure } : {}), outputs: this.#outputs };
  }

  private get mayBegin(): boolean {
    return this.tools.interruption.reason === undefined || this.tools.interruption.allowsCleanUp;
  }

  private async turn(number: number, step: StepTemplate, wasBegun: boolean): Promise<void> {
    const { reason } = this.tools.interruption;
    if (reason === 'cancelled') this.#earlier = 'cancelled';
    if (reason === 'timeout' && this.#earlier === 'passed') this.#earlier = 'failed';
    const verdict = wasBegun ? 'run' : stepVerdict(step, this.#earlier, this.tools.values);
    if (verdict === 'skip') return;
    const isCleanUp = reason !== undefined;
    this.note(step, await this.execute(number, step, { wasBegun, isCleanUp, verdict }));
  }

  private note(step: StepTemplate, { outcome, failure }: Ended): void {
    if (outcome === 'cancelled' && this.#earlier === 'passed') this.#earlier = 'cancelled';
    if (!failure || (step.allowFailure && failure.kind !== 'infrastructure')) return;
    this.#failure ??= failure;
    if (this.#earlier === 'passed') this.#earlier = 'failed';
  }

  private asReported(number: number, outcome: string): Ended {
    if (outcome === 'passed') return { outcome };
    if (outcome === 'cancelled') return { outcome };
    return { outcome: 'failed', failure: { kind: 'step', message: `step ${number} failed`, step: number } };
  }

  private async execute(
    number: number,
    step: StepTemplate,
    how: Readonly<{ wasBegun: boolean; isCleanUp: boolean; verdict: 'run' | Readonly<{ fault: string }> }>,
  ): Promise<Ended> {
    const { report, interruption, graceMs } = this.tools;
    const chunks = this.tools.chunks(number, interruption.fence);
    const published = how.wasBegun ? await chunks.resume() : undefined;
    await report.stepStarted(number, step.name);
    const environment = {
      ...Object.fromEntries(this.#environment),
      ...step.environment,
      CAIRN_WORKSPACE: this.sandbox.workspace,
    };
    const { isCleanUp, verdict } = how;
    const tries = new StepTries({ sandbox: this.sandbox, number, step, environment, interruption, isCleanUp, graceMs });
    const trouble: Trouble = verdict === 'run' ? {} : { fault: `its \`when\` cannot be worked out: ${verdict.fault}` };
    const log = await pumpLog(this.outputOf(tries, trouble), {
      publish: (chunk) => chunks.publish(chunk),
      resumeFrom: resumeAfter(published),
      now: Date.now,
      signal: interruption.fence,
    });
    interruption.fence.throwIfAborted();
    if (tries.end.error instanceof SandboxDetached) throw tries.end.error; // whoever takes it over reports its end
    const ended = endOf(number, step, { ...tries.end, ...trouble }, interruption.reason === 'timeout');
    await report.stepFinished(number, { outcome: ended.outcome, exitCode: tries.end.exit?.code ?? null, log });
    return ended;
  }

  /** What the step prints, and what is said about it, to the same byte for whoever reads it again. */
  private async *outputOf(tries: StepTries, trouble: Trouble): AsyncGenerator<Buffer> {
    if (trouble.fault === undefined) yield* tries;
    if (tries.end.exit?.wrote)
      await this.takeExchange().catch((error: unknown) => {
        if (error instanceof UnusableExchange) trouble.fault = messageOf(error);
        else trouble.error = error;
      });
    if (trouble.fault !== undefined) yield tries.line(trouble.fault);
  }

  private async takeExchange(): Promise<void> {
    const exchange = await this.sandbox.exchange();
    this.#environment = environmentFrom(exchange);
    this.#outputs = outputsFrom(exchange);
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
    const message = `step ${step} took longer than ${minutes(template.timeoutMs ?? 0)}`;
    return { outcome: 'failed', failure: { kind: 'timeout', message, step } };
  }
  if (exit?.code === 0) return { outcome: 'passed' };
  const how = exit?.code == null ? `was ended by ${codeOf(exit)}` : `ended with ${codeOf(exit)}`;
  return { outcome: 'failed', failure: { kind: 'step', message: `step ${step} ${how}`, step } };
};
