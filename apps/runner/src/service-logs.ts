import { messageOf } from '#errors';
import { serviceStep, type JobTemplate } from '#events';
import type { AttemptReport } from './attempt-report.js';
import type { ChunkPublisher } from './chunk-publisher.js';
import type { Sandbox, ServiceExit, ServiceRun } from './executor/index.js';
import type { KnownSteps } from './job-steps.js';
import { pumpLog, resumeAfter } from './log/index.js';
import { SHORTAGE_WORDS } from './shortage-words.js';

export type ServiceLogsTools = Readonly<{
  /** The logs of its services come after those of its steps. */
  template: Pick<JobTemplate, 'steps'>;
  report: AttemptReport;
  chunks: (step: number, signal: AbortSignal) => Pick<ChunkPublisher, 'publish' | 'resume'>;
  /** Aborted when nothing may be published any more. */
  fence: AbortSignal;
  /** Takes the job's secrets out of what a service prints: a step may have given it one. */
  masked: (bytes: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;
}>;

type Ended = Readonly<{ outcome: 'passed' | 'failed'; exitCode: number | null }>;

/** One that runs until it is told to end did what it is for. What a service ends with never decides about the job. */
const endOf = ({ code, wasTold }: ServiceExit): Ended =>
  wasTold ? { outcome: 'passed', exitCode: null } : { outcome: code === 0 ? 'passed' : 'failed', exitCode: code };

/**
 * The logs of a job's services: each is published from its first byte while the steps run, and its end says how many bytes
 * that were, as with any step. A process that takes the job over goes on where the last chunk ended.
 */
export class ServiceLogs {
  readonly #work: Promise<void>[] = [];
  #sandbox: Sandbox | undefined;

  constructor(private readonly tools: ServiceLogsTools) {}

  begin(sandbox: Sandbox, known?: KnownSteps): void {
    this.#sandbox = sandbox;
    for (const [index, service] of sandbox.services.entries()) {
      const work = this.follow(serviceStep(this.tools.template, index), service, known);
      work.catch(() => undefined); // looked at in the end
      this.#work.push(work);
    }
  }

  /** Ends the services; settles when all that they have printed is published. @throws AttemptSuperseded */
  async end(): Promise<void> {
    await this.#sandbox?.endServices().catch(() => undefined); // without an engine the logs break off, and say so
    await Promise.all(this.#work);
  }

  private async follow(step: number, service: ServiceRun, known: KnownSteps | undefined): Promise<void> {
    const { report, fence } = this.tools;
    const before = known?.steps.get(step);
    if (before !== undefined && before !== 'running') return;
    const chunks = this.tools.chunks(step, fence);
    const published = before ? await chunks.resume() : undefined;
    await report.serviceStarted(step, service.name);
    const end: { value: Ended } = { value: { outcome: 'failed', exitCode: null } };
    const log = await pumpLog(this.tools.masked(this.outputOf(service, end)), {
      publish: (chunk) => chunks.publish(chunk),
      resumeFrom: resumeAfter(published),
      now: Date.now,
      signal: fence,
    });
    fence.throwIfAborted();
    await report.stepFinished(step, { ...end.value, log });
  }

  /** What the service prints, and what is to be said about its end. */
  private async *outputOf(service: ServiceRun, end: { value: Ended }): AsyncGenerator<Buffer> {
    yield* service.output;
    const exit = await service.exit.catch((error: unknown) => messageOf(error));
    if (typeof exit === 'string') yield Buffer.from(`cairn: ${exit}\n`);
    else end.value = endOf(exit);
    if (typeof exit !== 'string' && exit.shortage) yield Buffer.from(`cairn: ${SHORTAGE_WORDS[exit.shortage]}\n`);
  }
}
