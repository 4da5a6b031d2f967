import { AttemptSuperseded, SandboxDetached, UnusableExpression, messageOf } from '#errors';
import type { Failure, JobTemplate } from '#events';
import type { Values } from '#expression';
import type { Forges } from '#forge';
import type { AttemptReport } from './attempt-report.js';
import type { ChunkPublisher } from './chunk-publisher.js';
import { newSlot, type Executor, type Sandbox, type SandboxSpec, type SandboxWish } from './executor/index.js';
import { durationWords } from './duration-words.js';
import { Deferred } from './executor/deferred.js';
import { JobFiles, type FileTools } from './files/job-files.js';
import { keepAfter, type KnownAttempt } from './files/keeping-step.js';
import { Interruption, type InterruptionReason, type StopReason } from './interruption.js';
import type { JobOf } from './job-of.js';
import { makeJobPlace } from './job-place.js';
import { JobSteps, type StepsEnd } from './job-steps.js';
import { withTexts } from './job-texts.js';
import { jobValues } from './job-values.js';
import { pumpLog } from './log/index.js';
import { preparationFailure } from './preparation-failure.js';
import { PreparationLog } from './preparation-log.js';
import { assertPrivileges } from './privileges.js';
import { wishOf } from './sandbox-wish.js';
import { JobSecrets, type SecretsOfJobs, type TextMasker } from './secrets/index.js';
import { ServiceLogs } from './service-logs.js';
import type { SourceMirrors } from './source/index.js';

export type JobTools = Readonly<{
  executor: Executor;
  secrets: SecretsOfJobs;
  sources: SourceMirrors;
  forges: Forges;
  publicUrl: string;
  graceMs: number;
  /** How long all clean-up steps together may take. */
  cleanUpMs: number;
  /** How long a job may take here, whatever its spec says. */
  timeoutLimitMs: number;
  /** The repositories whose services may be privileged: `owner/name` or `owner/*`, with commas. */
  privilegedRepos: string;
  runner: string;
  chunks: (step: number, signal: AbortSignal) => ChunkPublisher;
  files: Omit<FileTools, 'mask' | 'masker' | 'slot'>;
}>;

type Ended = Readonly<{
  outcome: 'passed' | 'failed' | 'cancelled';
  failure?: Failure;
  outputs?: Readonly<Record<string, string>>;
}>;

const NOTHING_RAN: StepsEnd = { outputs: new Map(), wasCut: true };

/** One attempt at a job, from its sandbox to its last step. Reports as it goes; does not settle the ticket. */
export class JobRun {
  /** Where it runs, and nothing else does. */
  readonly slot: string;
  readonly #interruption: Interruption;
  #texts: JobTemplate | undefined;
  #files: JobFiles | undefined;
  #sandbox: Sandbox | undefined;
  readonly #words = new PreparationLog();
  #secrets = JobSecrets.NONE;
  #place: Promise<Failure | undefined> | undefined;
  /** The job was told to end before its place was ready: no step has begun, so that none cleans up either. */
  #isBrokenOff = false;
  /** Settles when the sandbox is there, though not ready. */
  readonly #made = new Deferred<Sandbox>();
  /** Milliseconds since 1970; known once the stream says that this process holds the attempt. */
  #deadline: number | undefined;
  #timeout: NodeJS.Timeout | undefined;
  /** The stream says that the place is ready. */
  #isReady = false;
  readonly #services: ServiceLogs;

  /** `slot`: where an earlier process of the runner made its place; else it gets one. */
  constructor(
    readonly job: JobOf,
    private readonly report: AttemptReport,
    private readonly tools: JobTools,
    slot?: string,
  ) {
    this.#interruption = new Interruption(tools);
    this.slot = slot ?? this.takeSlot();
    this.#services = new ServiceLogs({
      template: job.template,
      report,
      chunks: tools.chunks,
      fence: this.#interruption.fence,
      masked: (bytes) => this.#secrets.masked(bytes),
    });
  }

  get interruption(): InterruptionReason | undefined {
    return this.#interruption.reason;
  }

  /** The stream says that this process holds the attempt. */
  get isConfirmed(): boolean {
    return this.#deadline !== undefined;
  }

  /** From when on the attempt runs, whichever process of the runner began it: its time counts from there. */
  confirm(startedAt: string): void {
    this.#deadline = Date.parse(startedAt) + this.timeoutMs;
    const left = this.#deadline - Date.now();
    if (left <= 0) this.interrupt('timeout');
    else this.#timeout = setTimeout(() => this.interrupt('timeout'), left);
  }

  /** What the sandbox is made for; the same for whoever takes it over. @throws UnusableExpression */
  get spec(): SandboxSpec {
    return { slot: this.slot, ...this.wish };
  }

  private get wish(): SandboxWish {
    return wishOf(this.job, this.template, this.tools.publicUrl);
  }

  /** Ends the job early. The first reason counts, but `fenced` goes before all others. */
  interrupt(reason: InterruptionReason): void {
    this.#interruption.raise(reason, new AttemptSuperseded(this.job.planned.id, this.job.attempt));
  }

  /** Leaves what runs to the next process of this runner. False when it could not take that over. */
  leave(): boolean {
    if (!this.#isReady || this.tools.executor.name === 'host') return false;
    this.#interruption.raise('left', new SandboxDetached('this process has let go of the job'));
    return true;
  }

  /** Prepares, then runs every step. `looked`: it is known whether the job was cancelled before. @throws AttemptSuperseded */
  async start(looked: Promise<void>): Promise<Ended> {
    const [failure] = await Promise.all([this.prepare(), looked]);
    if (!failure && !this.#isBrokenOff) return this.steps();
    await this.#services.end();
    return this.ended({ ...NOTHING_RAN, ...(failure ? { failure } : {}) });
  }

  /** Before the sandbox is taken over: what an earlier process kept of the job's secrets. @throws SecretUnavailable */
  recall(): void {
    this.#secrets = this.tools.secrets.recall(this.job, this.slot);
  }

  /** For words on the job that go anywhere. */
  mask(text: string): string {
    return this.#secrets.mask(text);
  }

  /** Goes on in the sandbox that an earlier process of this runner made. `known`: steps and how they ended. */
  async resume(sandbox: Sandbox, known: KnownAttempt): Promise<Ended> {
    this.#sandbox = sandbox;
    this.#isReady = true;
    this.#services.begin(sandbox, known);
    return this.steps(known);
  }

  /**
   * Begins to make the place, before it is known whether the attempt becomes this runner's: nothing of the job runs in it
   * yet, and it is ready the sooner.
   */
  makeReady(): void {
    const say = (line: string): void => this.#words.say(this.mask(line));
    const work = (signal: AbortSignal): Promise<void> => this.makePlace(say, signal);
    this.#place ??= this.#interruption
      .during(work, (reason) => this.brokenOff(reason))
      .then(
        () => undefined,
        (error: unknown) => {
          if (this.#isBrokenOff) return undefined;
          say(messageOf(error));
          return preparationFailure(error);
        },
      )
      .finally(() => this.#words.end());
  }

  /** Removes the sandbox, and whatever else there may be in its slot; or lets go of it, when the job is left. */
  async clear(): Promise<void> {
    clearTimeout(this.#timeout);
    this.#interruption.close();
    await this.#place;
    if (this.interruption === 'left') return this.#sandbox?.detach();
    await (this.#sandbox ? this.#sandbox.remove() : this.tools.executor.discard(this.slot));
  }

  /** For a job that wants nothing that can be given there is a slot too: in it, it says so. */
  private takeSlot(): string {
    try {
      return this.tools.executor.slotFor(this.wish);
    } catch (error) {
      if (error instanceof UnusableExpression) return newSlot();
      throw error;
    }
  }

  /** The job as its steps get it. @throws UnusableExpression */
  private get template(): JobTemplate {
    this.#texts ??= withTexts(this.job.template, this.values);
    return this.#texts;
  }

  private get timeoutMs(): number {
    return Math.min(this.job.planned.timeoutMs, this.tools.timeoutLimitMs);
  }

  private get values(): Values {
    return jobValues(this.job, this.tools.publicUrl);
  }

  private ended({ failure, outputs, wasCut }: StepsEnd): Ended {
    const handedOn = outputs.size > 0 ? { outputs: Object.fromEntries(outputs) } : {};
    if (this.#interruption.reason === 'cancelled') return { outcome: 'cancelled' };
    if (this.#interruption.reason === 'timeout' && wasCut) {
      const message = `ended after ${durationWords(this.timeoutMs)}`;
      return { outcome: 'failed', failure: { kind: 'timeout', message } };
    }
    if (!failure) return { outcome: 'passed', ...handedOn };
    return { outcome: 'failed', failure: { ...failure, message: this.mask(failure.message) }, ...handedOn };
  }

  private async steps(known?: KnownAttempt): Promise<Ended> {
    if (!this.#sandbox) return this.ended(NOTHING_RAN);
    const { report, template } = this;
    const environment = new Map(Object.entries(template.environment));
    const values = { ...this.values, environment };
    const { graceMs, chunks } = this.tools;
    const [interruption, deadline = Infinity] = [this.#interruption, this.#deadline];
    const secrets = this.#secrets;
    const tools = { template, values, secrets, report, interruption, deadline, graceMs, chunks };
    const ran = await new JobSteps(this.#sandbox, tools).run(known);
    const number = template.steps.length + 1;
    const end = await keepAfter(this.#sandbox, ran, known, { files: this.files, number, report, interruption, chunks });
    interruption.fence.throwIfAborted();
    await this.#services.end();
    return this.ended(end);
  }

  private get files(): JobFiles {
    const mask = (text: string): string => this.mask(text);
    const masker = (): TextMasker => this.#secrets.masker();
    this.#files ??= new JobFiles(this.job, this.template, { ...this.tools.files, slot: this.slot, mask, masker });
    return this.#files;
  }

  /** Step 0: sandbox and source, side by side. */
  private async prepare(): Promise<Failure | undefined> {
    await this.report.stepStarted(0, 'Prepare');
    const chunks = this.tools.chunks(0, this.#interruption.fence);
    this.makeReady();
    void this.#made.promise.then((sandbox) => this.#services.begin(sandbox));
    const totals = await pumpLog(this.#words, {
      publish: (chunk) => chunks.publish(chunk),
      now: Date.now,
      signal: this.#interruption.fence,
    });
    const failure = await this.#place;
    const broken = this.#interruption.reason === 'timeout' ? ('failed' as const) : ('cancelled' as const);
    const outcome = this.#isBrokenOff ? broken : failure ? ('failed' as const) : ('passed' as const);
    await this.report.stepFinished(0, { outcome, exitCode: null, log: totals });
    this.#isReady = failure === undefined;
    return failure;
  }

  private async makePlace(say: (line: string) => void, signal: AbortSignal): Promise<void> {
    const { repo } = this.job.request;
    const { spec, template } = this;
    const { executor, secrets, runner, privilegedRepos } = this.tools;
    this.#secrets = await secrets.take(this.job, this.slot);
    const where = executor.name === 'host' ? 'the host itself' : `image ${template.image ?? '(default)'}`;
    say(`attempt ${this.job.attempt} on runner ${runner}: ${executor.name}, ${where}`);
    if (this.timeoutMs < this.job.planned.timeoutMs)
      say(`it may take ${durationWords(this.timeoutMs)}, which is the limit of this runner`);
    assertPrivileges(spec.services ?? [], { repo, fork: spec.fork }, privilegedRepos);
    const made = (sandbox: Sandbox): void => this.made(sandbox);
    const sandbox = await makeJobPlace(this.job, spec, template.clone, { ...this.tools, say, made }, signal);
    const environment = new Map(Object.entries(template.environment));
    await this.files.take(sandbox, { ...this.values, environment }, say, signal);
  }

  private made(sandbox: Sandbox): void {
    this.#sandbox = sandbox;
    this.#made.resolve(sandbox);
  }

  private brokenOff(reason: StopReason): void {
    this.#isBrokenOff = true;
    if (reason !== 'fenced') this.report.ending({ phase: 'broken-off', reason, step: 0 });
  }
}
