import type { NatsConnection } from '@nats-io/transport-node';
import { endingWords, evolvePlan, initialPlan, isOver, type PlanState } from '#domain';
import {
  aggregateOf,
  decodeEvent,
  logAddressOf,
  type Failure,
  type JobEvent,
  type JobsSkipped,
  type LogChunk,
  type PlanEvent,
} from '#events';
import { follow, type PayloadStore } from '#jetstream';
import { plain } from '../../../cli/src/plain.js';
import { nameOf, TerminalLog } from './terminal-log.js';

/** How far the log of a step has been shown, and who waits for more. */
class Shown {
  bytes = 0;
  readonly #waiting = new Set<() => void>();

  add(bytes: number): void {
    this.bytes += bytes;
    this.#waiting.forEach((look) => look());
  }

  until(bytes: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.bytes < bytes) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

export type WatchOptions = Readonly<{
  nc: NatsConnection;
  blobs: PayloadStore;
  buildId: string;
  hasColours: boolean;
  write: (text: string) => void;
  /** Called with the names of jobs that wait for an approval. */
  asked: (names: ReadonlySet<string>) => void;
}>;

/** Shows a build from its first event to its last, with every line of its log. */
export class BuildWatch {
  #state = initialPlan();
  #log: TerminalLog | undefined;
  readonly #shown = new Map<string, Shown>();
  readonly #began = new Map<string, number>();
  readonly #stop = new AbortController();
  #isPlanned = (): void => undefined;
  /** Lines may come before the plan, which says whose they are. */
  readonly #planned = new Promise<void>((resolve) => (this.#isPlanned = resolve));

  constructor(private readonly options: WatchOptions) {}

  /** Settles with the plan as it is in the end, when everything has been shown. */
  async run(): Promise<PlanState> {
    const { nc, blobs, buildId } = this.options;
    const { signal } = this.#stop;
    const logs = this.followLogs();
    const events = { stream: 'EVENTS', subject: `build.${buildId}.>`, from: 1, signal };
    for await (const { subject, sequence, payload } of follow(nc, blobs, events)) {
      const aggregate = aggregateOf(subject);
      const event = decodeEvent(subject, sequence, payload);
      if (aggregate?.kind === 'plan' && event) this.plan(event as PlanEvent);
      if (aggregate?.kind === 'job' && event) await this.job(aggregate.jobId, event as JobEvent, event.at);
      if (isOver(this.#state)) break;
    }
    this.#stop.abort();
    await logs;
    return this.#state;
  }

  private plan(event: PlanEvent): void {
    this.#state = evolvePlan(this.#state, event);
    if (event.type === 'BuildPlanned') {
      this.#log = new TerminalLog(event.data.plan, this.options.hasColours, this.options.write);
      this.#isPlanned();
    }
    if (event.type === 'BuildRejected')
      for (const { line, column, message } of event.data.diagnostics)
        this.options.write(`.cairn.yml:${line}:${column}: ${plain(message)}\n`);
    if (event.type === 'JobAwaitingApproval')
      this.options.asked(
        new Set(event.data.jobs.map(({ jobId }) => this.#state.jobs.get(jobId)?.planned.name ?? jobId)),
      );
    if (event.type === 'JobsSkipped') for (const row of event.data.jobs) this.#log?.say(row.jobId, this.skip(row));
    if (event.type === 'JobsSettled')
      for (const { jobId, again } of event.data.jobs) if (again) this.#log?.say(jobId, 'is tried again');
  }

  private skip({ reason, because = '', detail }: JobsSkipped['data']['jobs'][number]): string {
    if (reason === 'cancelled') return 'cancelled';
    const other = this.#state.jobs.get(because)?.planned;
    return `skipped: ${plain(detail ?? `${other ? nameOf(other) : because} did not pass`)}`;
  }

  private async job(jobId: string, event: JobEvent, at: string): Promise<void> {
    const { attempt } = event.data;
    switch (event.type) {
      case 'JobStarted':
        this.#began.set(jobId, Date.parse(at));
        return;
      case 'StepStarted':
        return this.#log?.begin({ jobId, attempt, step: event.data.step });
      case 'StepFinished': {
        const step = { jobId, attempt, step: event.data.step };
        await this.shownOf(jobId, attempt, event.data.step).until(event.data.bytes);
        return this.#log?.end(step);
      }
      case 'EndPhaseReached':
        if (event.data.phase !== 'removed') this.#log?.say(jobId, endingWords(event.data));
        return;
      case 'JobFinished': {
        const seconds = (Date.parse(at) - (this.#began.get(jobId) ?? Date.parse(at))) / 1000;
        return this.#log?.say(jobId, endInWords(event.data.outcome, event.data.failure, seconds));
      }
      case 'JobLost':
        return this.#log?.say(jobId, `lost: ${event.data.reason}`);
    }
  }

  private async followLogs(): Promise<void> {
    const { nc, blobs } = this.options;
    const logs = { stream: 'LOGS', from: 1, signal: this.#stop.signal };
    for await (const { subject, payload } of follow(nc, blobs, logs)) {
      const address = logAddressOf(subject);
      if (!address) continue;
      const chunk = JSON.parse(Buffer.from(payload).toString('utf8')) as LogChunk;
      await this.#planned;
      this.#log?.chunk(address, chunk);
      this.shownOf(address.jobId, address.attempt, address.step).add(chunk.bytes);
    }
  }

  private shownOf(jobId: string, attempt: number, step: number): Shown {
    const key = `${jobId}.${attempt}.${step}`;
    const shown = this.#shown.get(key) ?? new Shown();
    this.#shown.set(key, shown);
    return shown;
  }
}

const endInWords = (outcome: string, failure: Failure | undefined, seconds: number): string =>
  `${outcome} after ${seconds.toFixed(1)} s${failure ? `: ${failure.message}` : ''}`;
