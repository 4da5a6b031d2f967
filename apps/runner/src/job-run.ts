import type { PlanState } from '#domain';
import { AttemptSuperseded, ForkRefused, ImageUnavailable, UnusableStep, messageOf } from '#errors';
import type { BuildRequested, Failure, JobTemplate, PlannedJob } from '#events';
import type { Forges } from '#forge';
import type { AttemptReport, StepResult } from './attempt-report.js';
import type { ChunkPublisher } from './chunk-publisher.js';
import type { Executor, Sandbox, SandboxSpec, StepProcess } from './executor/index.js';
import { jobEnvironment } from './job-environment.js';
import { pumpLog, resumeAfter, type LogTotals } from './log/index.js';
import { PreparationLog } from './preparation-log.js';
import type { SourceMirrors } from './source/index.js';

/** Why a job is ended before its time. `fenced`: it belongs to somebody else now; nothing more is said about it. */
export type Interruption = 'cancelled' | 'timeout' | 'handed-back' | 'fenced';

export type JobOf = Readonly<{
  request: BuildRequested['data'];
  planned: PlannedJob;
  template: JobTemplate;
  attempt: number;
}>;

/** The job as the plan has it; undefined when the plan knows no such job. */
export const jobIn = (plan: PlanState, jobId: string, attempt: number): JobOf | undefined => {
  const planned = plan.jobs.get(jobId)?.planned;
  const template = plan.plan?.templates.find(({ name }) => name === planned?.name);
  return plan.request && planned && template ? { request: plan.request, planned, template, attempt } : undefined;
};

export type JobTools = Readonly<{
  executor: Executor;
  sources: SourceMirrors;
  forges: Forges;
  publicUrl: string;
  graceMs: number;
  runner: string;
  chunks: (step: number, signal: AbortSignal) => ChunkPublisher;
}>;

type Ended = Readonly<{ outcome: 'passed' | 'failed' | 'cancelled'; failure?: Failure }>;

/** One attempt at a job, from its sandbox to its last step. Reports as it goes; does not settle the ticket. */
export class JobRun {
  readonly #fence = new AbortController();
  #interruption: Interruption | undefined;
  #process: StepProcess | undefined;
  #sandbox: Sandbox | undefined;
  readonly #words = new PreparationLog();
  #place: Promise<Failure | undefined> | undefined;
  #isConfirmed = false;

  constructor(
    readonly job: JobOf,
    readonly slot: string,
    private readonly report: AttemptReport,
    private readonly tools: JobTools,
  ) {}

  get interruption(): Interruption | undefined {
    return this.#interruption;
  }

  /** The stream says that this process holds the attempt. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  confirm(): void {
    this.#isConfirmed = true;
  }

  /** What the sandbox is made for; the same for whoever takes it over. */
  get spec(): SandboxSpec {
    const { request, planned, template, attempt } = this.job;
    const of = { job: planned.name, jobId: planned.id, attempt };
    return {
      slot: this.slot,
      ...(template.image === undefined ? {} : { image: template.image }),
      environment: { ...template.environment, ...jobEnvironment(request, of, this.tools.publicUrl) },
      fork: request.trigger.pullRequest?.fork === true,
    };
  }

  /** Ends the job early. The first reason counts, but `fenced` goes before all others. */
  interrupt(reason: Interruption): void {
    if (this.#interruption === 'fenced' || (this.#interruption && reason !== 'fenced')) return;
    this.#interruption = reason;
    if (reason === 'fenced') this.#fence.abort(new AttemptSuperseded(this.job.planned.id, this.job.attempt));
    void this.#process?.stop(reason === 'fenced' ? 0 : this.tools.graceMs);
  }

  /** Prepares, then runs every step. `looked`: it is known whether the job was cancelled before. @throws AttemptSuperseded */
  async start(looked: Promise<void>): Promise<Ended> {
    const [failure] = await Promise.all([this.prepare(), looked]);
    return failure ? this.ended(failure) : this.steps(1, new Map());
  }

  /** Goes on in the sandbox that an earlier process of this runner made. `known`: steps and how they ended. */
  async resume(sandbox: Sandbox, known: ReadonlyMap<number, string>): Promise<Ended> {
    this.#sandbox = sandbox;
    return this.steps(1, known);
  }

  /**
   * Begins to make the place, before it is known whether the attempt becomes this runner's: nothing of the job runs in it
   * yet, and it is ready the sooner.
   */
  makeReady(): void {
    this.#place ??= this.makePlace((line) => this.#words.say(line))
      .then(
        () => undefined,
        (error: unknown) => {
          this.#words.say(messageOf(error));
          return preparationFailure(error);
        },
      )
      .finally(() => this.#words.end());
  }

  /** Removes the sandbox. */
  async clear(): Promise<void> {
    await this.#place;
    await this.#sandbox?.remove();
  }

  private ended(failure?: Failure): Ended {
    if (this.#interruption === 'cancelled') return { outcome: 'cancelled' };
    if (this.#interruption === 'timeout') {
      const minutes = Math.round(this.job.planned.timeoutMs / 60_000);
      return { outcome: 'failed', failure: { kind: 'timeout', message: `ended after ${minutes} minutes` } };
    }
    return failure ? { outcome: 'failed', failure } : { outcome: 'passed' };
  }

  private async steps(first: number, known: ReadonlyMap<number, string>): Promise<Ended> {
    for (let step = first; step <= this.job.template.steps.length; step += 1) {
      if (this.#interruption) break;
      const before = known.get(step);
      if (before === 'passed') continue;
      const isKnown = before !== undefined && before !== 'running';
      const failure = isKnown ? this.stepFailure(step, null) : await this.step(step, before === 'running');
      if (failure) return this.ended(failure);
    }
    return this.ended();
  }

  private async step(step: number, wasBegun: boolean): Promise<Failure | undefined> {
    const template = this.job.template.steps[step - 1];
    if (!template || !this.#sandbox) return undefined;
    const chunks = this.tools.chunks(step, this.#fence.signal);
    const published = wasBegun ? await chunks.resume() : undefined;
    await this.report.stepStarted(step, template.name);
    const process = this.#sandbox.run({
      number: step,
      script: template.run,
      environment: { ...template.environment, CAIRN_WORKSPACE: this.#sandbox.workspace },
    });
    this.#process = process;
    if (this.#interruption) void process.stop(this.tools.graceMs);
    process.accepted.catch(() => undefined);
    const exit = process.exit.then(
      ({ code, signal }) => ({ code, signal }),
      (error: unknown) => ({ code: null, signal: undefined, error }),
    );
    const log = await pumpLog(untilBroken(process.output), {
      publish: (chunk) => chunks.publish(chunk),
      resumeFrom: resumeAfter(published),
      now: Date.now,
      signal: this.#fence.signal,
    });
    const ended = await exit;
    this.#process = undefined;
    return this.stepEnded(step, ended, log);
  }

  private async stepEnded(
    step: number,
    exit: Readonly<{ code: number | null; signal?: string | undefined; error?: unknown }>,
    log: LogTotals,
  ): Promise<Failure | undefined> {
    this.#fence.signal.throwIfAborted();
    const outcome = this.outcomeOf(exit.code);
    await this.report.stepFinished(step, { outcome, exitCode: exit.code, log });
    if (exit.error !== undefined) return { kind: 'infrastructure', message: messageOf(exit.error), step };
    return outcome === 'passed' ? undefined : this.stepFailure(step, exit.code, exit.signal);
  }

  private outcomeOf(code: number | null): StepResult['outcome'] {
    if (this.#interruption && this.#interruption !== 'timeout') return 'cancelled';
    return code === 0 && !this.#interruption ? 'passed' : 'failed';
  }

  private stepFailure(step: number, code: number | null, signal?: string): Failure {
    const how = code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with code ${code}`;
    return { kind: 'step', message: `step ${step} ${how}`, step };
  }

  /** Step 0: sandbox and source, side by side. */
  private async prepare(): Promise<Failure | undefined> {
    await this.report.stepStarted(0, 'Prepare');
    const chunks = this.tools.chunks(0, this.#fence.signal);
    this.makeReady();
    const totals = await pumpLog(this.#words, {
      publish: (chunk) => chunks.publish(chunk),
      now: Date.now,
      signal: this.#fence.signal,
    });
    const failure = await this.#place;
    const outcome = failure ? ('failed' as const) : ('passed' as const);
    await this.report.stepFinished(0, { outcome, exitCode: null, log: totals });
    return failure;
  }

  private async makePlace(say: (line: string) => void): Promise<void> {
    const { request, template } = this.job;
    const { executor, forges, sources, runner } = this.tools;
    const where = executor.name === 'docker' ? `image ${template.image ?? '(default)'}` : 'the host itself';
    say(`attempt ${this.job.attempt} on runner ${runner}: ${executor.name}, ${where}`);
    const { repo, repoId, trigger } = request;
    const remote = await forges.of(repo).remote(repo);
    const source = { repoId, remote, ref: trigger.ref, sha: trigger.sha, signal: this.#fence.signal };
    if (executor.name === 'host') {
      this.#sandbox = await executor.create(this.spec, say);
      await sources.checkoutInto(source, this.#sandbox.directory ?? this.#sandbox.workspace);
    } else {
      const [sandbox, archive] = await Promise.allSettled([executor.create(this.spec, say), sources.checkout(source)]);
      if (sandbox.status === 'fulfilled') this.#sandbox = sandbox.value;
      if (sandbox.status === 'rejected' && archive.status === 'fulfilled') archive.value.destroy();
      if (sandbox.status === 'rejected') throw sandbox.reason;
      if (archive.status === 'rejected') throw archive.reason;
      await sandbox.value.unpack(archive.value);
    }
    say(`checked out ${trigger.sha} of ${repo}`);
  }
}

const preparationFailure = (error: unknown): Failure => {
  const isFinal = [ImageUnavailable, ForkRefused, UnusableStep].some((type) => error instanceof type);
  return { kind: isFinal ? 'setup' : 'infrastructure', message: messageOf(error) };
};

/** The output as far as it goes: why it broke off is said by the process's exit. */
async function* untilBroken(output: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = output[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await source.next().catch(() => undefined);
      if (!next || next.done) return;
      yield next.value;
    }
  } finally {
    await source.return?.();
  }
}
