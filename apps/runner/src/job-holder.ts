import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { isJobCancelled, jobDecider, planDecider, ticketVerdict, type JobState, type PlanState } from '#domain';
import { CairnError, SandboxDetached, messageOf } from '#errors';
import { subjects, type Ticket } from '#events';
import type { Aggregates, Clock, MessagePublisher, Presence } from '#jetstream';
import { AttemptReport } from './attempt-report.js';
import { ChunkPublisher } from './chunk-publisher.js';
import type { Executor, Sandbox } from './executor/index.js';
import type { FileTools } from './files/job-files.js';
import type { EngineLook, Executors } from './executors.js';
import { jobIn, type JobOf } from './job-of.js';
import { JobRun, type JobTools } from './job-run.js';
import { Removals } from './removals.js';
import { untilDone } from './retry.js';
import type { RunnerIdentity } from './runner-identity.js';
import type { SlotRecord, SlotRecords } from './slot-records.js';
import { TicketHandle } from './ticket.js';

const WORKING_MS = 20_000;
const LATER_MS = 3_000;
/** Of reports that could not be read, in an event; the rest is in the blob. */
const MOST_UNREAD = 20;
const IS_GONE = 'the place in which the job ran is gone';
/** How long a stop waits for the words that hand a job back, after the job has ended. */
const HAND_BACK_MS = 3_000;

export type HolderTools = Readonly<{
  nc: NatsConnection;
  aggregates: Aggregates;
  publisher: MessagePublisher;
  presence: Presence;
  now: Clock;
  identity: RunnerIdentity;
  executors: Executors;
  records: SlotRecords;
  job: Omit<JobTools, 'executor' | 'chunks' | 'runner' | 'files'>;
  files: Pick<FileTools, 'blobs' | 'limits'>;
}>;

/** `leaves`: jobs in containers go on, for the next process of this runner; else they are handed back after `graceMs`. */
export type StopWish = Readonly<{ graceMs: number; leaves: boolean }>;

/** The jobs that this process holds: takes them by the protocol of tickets, lease and fence (DESIGN section 6). */
export class JobHolder {
  private readonly logger = new Logger(JobHolder.name);
  readonly #running = new Map<string, JobRun>();
  readonly #slots = new Set<string>();
  /** Those whose jobs have ended: what was theirs is being removed. */
  readonly #clearing = new Set<Promise<void>>();
  /** What is being done with tickets now, by attempt. */
  readonly #taken = new Set<string>();
  readonly #idle = new Set<() => void>();
  readonly #leaving = new AbortController();
  readonly #removals = new Removals((of) => this.reportOf(of));

  constructor(private readonly tools: HolderTools) {}

  get running(): number {
    return this.#running.size - this.#clearing.size;
  }

  /** Settles when fewer than `most` places of jobs that have ended are left to remove. */
  async tidied(most: number): Promise<void> {
    while (this.#clearing.size >= most) await Promise.race(this.#clearing);
  }

  /** Those in use; changes with them, so that who looks at it late does not take a new one for a left one. */
  get slots(): ReadonlySet<string> {
    return this.#slots;
  }

  /** Settles when all that was asked of the ticket is done: at once, or at the end of the job. */
  async take(ticket: Ticket, sequence: number, handle: TicketHandle): Promise<void> {
    const attempt = `${ticket.buildId} ${ticket.jobId} ${ticket.attempt}`;
    // After a restart nats-server may deliver a ticket again that was drawn a moment ago, and is not acted upon yet.
    if (this.#taken.has(attempt)) return handle.working();
    this.#taken.add(attempt);
    try {
      await this.settle(ticket, sequence, handle);
    } finally {
      this.#taken.delete(attempt);
    }
  }

  private async settle(ticket: Ticket, sequence: number, handle: TicketHandle): Promise<void> {
    const { aggregates, identity, presence } = this.tools;
    const { buildId, jobId, attempt } = ticket;
    const { signal } = this.#leaving;
    // Mostly wanted, so it is read beside the job.
    const planned = untilDone(() => aggregates.load(planDecider, subjects.plan(buildId)), signal);
    planned.catch(() => undefined);
    const engine = this.tools.executors.look();
    const { state } = await untilDone(() => aggregates.load(jobDecider, subjects.job(buildId, jobId)), signal);
    const isRunnerGone = state.status === 'running' && (await untilDone(() => presence.isGone(state.runner), signal));
    const verdict = ticketVerdict(state, ticket, { ...identity, sequence, isRunnerGone });
    switch (verdict) {
      case 'ack':
        return handle.ack();
      case 'mine':
        if (this.isAtWorkOn(ticket)) return handle.working();
        await this.reportOf(ticket).lost('its runner does not work on it');
        return handle.ack();
      case 'wait':
        return handle.later(LATER_MS);
      case 'lose':
        await this.reportOf(ticket).lost(`runner ${state.runner} is gone`);
        return handle.ack();
      case 'start': {
        const job = jobIn((await planned).state, jobId, attempt);
        return job ? this.begin(job, sequence, handle, await engine) : handle.ack();
      }
    }
  }

  /**
   * Goes on with what an earlier process of this runner held. Settles when every such job has been found or given up, with
   * the ends of those that were found.
   */
  async adoptAll(): Promise<readonly Promise<void>[]> {
    const adopted: Promise<void>[] = [];
    for (const record of await this.tools.records.all()) {
      const subject = subjects.job(record.buildId, record.jobId);
      const { state } = await untilDone(() => this.tools.aggregates.load(jobDecider, subject));
      const isOurs =
        state.status === 'running' &&
        state.runner === this.tools.identity.runner &&
        state.attempt === record.attempt &&
        state.slot === record.slot;
      const end = isOurs ? await this.adopt(record, state) : await this.drop(record, state);
      if (end) adopted.push(end.work);
    }
    return adopted;
  }

  /** A ticket that was drawn and not begun is given back at once, instead of when it is missed. */
  private async drop(record: SlotRecord, state: JobState): Promise<undefined> {
    if (state.attempt < record.attempt) new TicketHandle(this.tools.nc, record.ticketReply).later(0);
    if (state.status === 'lost' || state.outcome === 'cancelled') this.#removals.leave(record);
    this.tools.records.remove(record.slot);
    return undefined;
  }

  /** Removes what could not be removed before. */
  async sweep(): Promise<void> {
    await this.tools.executors.sweep().catch((error: unknown) => this.logger.warn(messageOf(error)));
  }

  /** Every place that is not in use was removed. */
  reaped(): void {
    this.#removals.reaped();
  }

  /** Looks at the running jobs, or at one build's: who was cancelled is ended, who was given up for lost is dropped. */
  async look(buildId?: string): Promise<void> {
    for (const run of this.#running.values())
      if (buildId === undefined || run.job.request.buildId === buildId) await this.lookAt(run);
  }

  /** Cut off for longer than the lease: jobs that may never run twice are ended, and given back once NATS answers. */
  endUnrepeatable(): void {
    for (const run of this.#running.values())
      if (run.job.planned.infrastructureRetries === 0) run.interrupt('handed-back');
  }

  /** Gives jobs `graceMs` to end, then hands back what is left. `leaves`: but for what the next process can take over. */
  async stop({ graceMs, leaves }: StopWish): Promise<void> {
    if (leaves) this.#running.forEach((run) => run.leave());
    await Promise.race([this.whenIdle(), pause(graceMs, undefined, { ref: false })]);
    for (const run of this.#running.values()) if (!leaves || !run.leave()) run.interrupt('handed-back');
    const ended = this.whenIdle().then(() => this.#removals.told());
    await Promise.race([ended, pause(this.tools.job.graceMs + HAND_BACK_MS, undefined, { ref: false })]);
    this.letGo();
    await this.whenIdle();
  }

  /** NATS is away. What runs is ended without a word, and the records stay: whoever comes next reports it. */
  private letGo(): void {
    this.#leaving.abort(new SandboxDetached('this process has let go of the job'));
    for (const run of this.#running.values()) run.interrupt('fenced');
  }

  private async begin(job: JobOf, sequence: number, handle: TicketHandle, engine: EngineLook): Promise<void> {
    const choice = this.tools.executors.choose(job.request.repo, job.template.image, engine);
    if ('wait' in choice) return handle.later(LATER_MS);
    await this.sweep(); // what an attempt before this one has left may still be at work
    const { buildId } = job.request;
    const of = { buildId, jobId: job.planned.id, attempt: job.attempt };
    const executor = choice.use;
    const run = this.runOf(job, executor);
    const { slot } = run;
    try {
      this.tools.records.write({ slot, ...of, executor, ticketReply: handle.reply });
    } catch (error) {
      await run.clear();
      throw error;
    }
    run.makeReady();
    await this.hold(run, handle, async () => {
      run.confirm(await this.reportOf(of).started(executor, slot, sequence));
      return run.start(this.lookAt(run, true));
    });
  }

  private async adopt(record: SlotRecord, state: JobState): Promise<{ work: Promise<void> } | undefined> {
    const handle = new TicketHandle(this.tools.nc, record.ticketReply);
    const plan = await untilDone(() => this.tools.aggregates.load(planDecider, subjects.plan(record.buildId)));
    const job = jobIn(plan.state, record.jobId, record.attempt);
    const run = job && this.runOf(job, record.executor, record.slot);
    const isPrepared = state.steps.get(0) === 'passed';
    const executor = this.tools.executors.named(record.executor);
    const sandbox = run && isPrepared ? await this.found(run, executor) : IS_GONE;
    if (!run || typeof sandbox === 'string') {
      await this.reportOf(record).lost(`the runner was restarted, and ${sandbox as string}`);
      this.tools.records.remove(record.slot);
      handle.ack();
      return undefined;
    }
    const work = this.hold(run, handle, async () => {
      await this.reportOf(record).adopted();
      run.confirm(state.startedAt);
      await this.lookAt(run);
      return run.resume(sandbox, state);
    });
    return { work }; // in an object: a promise by itself would be waited for
  }

  /** Or why it is not taken over. */
  private async found(run: JobRun, executor: Executor): Promise<Sandbox | string> {
    try {
      run.recall();
      return (await executor.adopt(run.spec)) ?? IS_GONE;
    } catch (error) {
      const why = run.mask(`the job cannot be taken over: ${messageOf(error)}`);
      this.logger.warn(`job ${run.job.planned.id}: ${why}`);
      return why;
    }
  }

  /**
   * Runs the job to its end, and says so; its place is removed behind it. A fenced one is cleared away without a word: its
   * ticket is another's.
   */
  private async hold(run: JobRun, handle: TicketHandle, work: () => ReturnType<JobRun['start']>): Promise<void> {
    this.#running.set(run.slot, run);
    this.#slots.add(run.slot);
    // A process that was halted for long may be fenced by now: it must not speak for the ticket before it has looked.
    const beat = setInterval(() => {
      void this.lookAt(run).then(() => run.interruption !== 'fenced' && handle.working());
    }, WORKING_MS);
    const of = { buildId: run.job.request.buildId, jobId: run.job.planned.id, attempt: run.job.attempt };
    let isFenced = false;
    try {
      const { outcome, failure, outputs } = await work();
      if (run.interruption === 'handed-back')
        await this.reportOf(of).lost('the runner was told to stop, or was cut off for too long');
      else await this.reportOf(of).finished(outcome, failure, outputs);
    } catch (error) {
      isFenced = error instanceof CairnError && error.disposition === 'abandon';
      if (!isFenced) await this.giveUp(of, run.mask(messageOf(error)));
      else run.interrupt('fenced');
    } finally {
      clearInterval(beat);
      if (!isFenced) handle.ack();
      this.clearBehind(run);
    }
  }

  /** Not waited for: an engine takes 140 ms to remove a container, and meanwhile the next job can begin. */
  private clearBehind(run: JobRun): void {
    const clearing = this.clear(run)
      .catch((error: unknown) => this.logger.warn(run.mask(messageOf(error))))
      .finally(() => {
        this.#clearing.delete(clearing);
        this.#running.delete(run.slot);
        this.#slots.delete(run.slot);
        if (this.#running.size === 0) this.#idle.forEach((done) => done());
      });
    this.#clearing.add(clearing);
  }

  private async clear(run: JobRun): Promise<void> {
    const isCleared = await run.clear().then(
      () => true,
      () => false, // what is left is the reaper's
    );
    const { interruption } = run;
    if (interruption === 'left' || this.#leaving.signal.aborted) return;
    const of = { buildId: run.job.request.buildId, jobId: run.job.planned.id, attempt: run.job.attempt };
    if (isCleared && interruption) this.#removals.say(of, interruption === 'fenced' ? 'lost' : interruption);
    this.tools.records.remove(run.slot);
  }

  /** A fault of this program must not leave a job running for ever. */
  private async giveUp(of: Ticket, error: string): Promise<void> {
    this.logger.error(`job ${of.jobId} of build ${of.buildId}: ${error}`);
    await this.reportOf(of)
      .lost('the runner met an error of its own; see its log')
      .catch(() => undefined);
  }

  private isAtWorkOn({ buildId, jobId, attempt }: Ticket): boolean {
    return [...this.#running.values()].some(
      ({ job }) => job.request.buildId === buildId && job.planned.id === jobId && job.attempt === attempt,
    );
  }

  /**
   * Without an answer nothing is known: the next look or the next report tells. `hasJustBegun`: the stream has just said whose
   * it is.
   */
  private async lookAt(run: JobRun, hasJustBegun = false): Promise<void> {
    const { buildId } = run.job.request;
    if (!run.isConfirmed) return; // the stream does not know yet whose it is
    try {
      const [isHeld, plan] = await Promise.all([
        hasJustBegun || this.isHeld(run),
        this.tools.aggregates.load(planDecider, subjects.plan(buildId)),
      ]);
      const { planned } = run.job;
      if (!isHeld) run.interrupt('fenced');
      else if (isCancelled(plan.state, planned.id)) run.interrupt('cancelled');
    } catch (error) {
      this.logger.warn(messageOf(error));
    }
  }

  private async isHeld({ job }: JobRun): Promise<boolean> {
    const { state } = await this.tools.aggregates.load(jobDecider, subjects.job(job.request.buildId, job.planned.id));
    return isHeldBy(state, this.tools.identity, job.attempt);
  }

  private runOf(job: JobOf, executorName: SlotRecord['executor'], slot?: string): JobRun {
    const { nc, publisher, identity, executors } = this.tools;
    const of = { buildId: job.request.buildId, jobId: job.planned.id, attempt: job.attempt };
    const chunks = (step: number, signal: AbortSignal): ChunkPublisher =>
      new ChunkPublisher(nc, publisher, { ...of, step }, signal);
    const executor = executors.named(executorName);
    const report = this.reportOf(of);
    const files: JobTools['files'] = {
      ...this.tools.files,
      records: this.tools.records,
      artifactsOf: async (jobId) => (await this.jobOf(of.buildId, jobId)).artifacts.values(),
      stored: (artifact) => report.artifactStored(artifact),
      tested: async (tests) => {
        const bytes = Buffer.from(JSON.stringify(tests));
        const sha256 = await untilDone(() => publisher.blobs.put(bytes), this.#leaving.signal);
        const { totals, files, unread, cut } = tests;
        const [told, stored] = [unread.slice(0, MOST_UNREAD), { sha256, bytes: bytes.length }];
        await report.testsReported({ totals, files, report: stored, unread: told, cut });
      },
    };
    const tools = { ...this.tools.job, executor, chunks, runner: identity.runner, files };
    return new JobRun(job, report, tools, slot);
  }

  private async jobOf(buildId: string, jobId: string): Promise<JobState> {
    const load = () => this.tools.aggregates.load(jobDecider, subjects.job(buildId, jobId));
    return (await untilDone(load, this.#leaving.signal)).state;
  }

  private reportOf({ buildId, jobId, attempt }: Ticket): AttemptReport {
    const { aggregates, now, identity } = this.tools;
    return new AttemptReport(aggregates, now, identity, { buildId, jobId, attempt }, this.#leaving.signal);
  }

  private whenIdle(): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#idle.delete(done);
        resolve();
      };
      this.#idle.add(done);
    });
  }
}

/** A job that has ended under this attempt was ended by this process, or is no longer its business either way. */
const isHeldBy = (job: JobState, { runner, epoch }: RunnerIdentity, attempt: number): boolean =>
  job.attempt === attempt && job.runner === runner && job.epoch === epoch && job.status !== 'lost';

const isCancelled = (plan: PlanState, jobId: string): boolean =>
  isJobCancelled(plan, jobId) || plan.finished !== undefined;
