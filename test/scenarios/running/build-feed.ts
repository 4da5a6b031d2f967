import { jetstream, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { buildView, evolveBuild, type BuildProgress, type BuildView } from '#domain';
import { aggregateOf, bytesOfChunk, decodeEvent, subjects, type CairnEvent, type LogChunk } from '#events';
import { BLOB_HEADER, PayloadStore } from '#jetstream';

export type JobFact = Readonly<{ jobId: string; event: CairnEvent }>;

/** All that has happened so far, as it happens: builds as the viewer shows them, and logs as they were sent. */
export class BuildFeed {
  /** Of deliveries, requests and builds, by subject. */
  readonly #events = new Map<string, CairnEvent[]>();
  readonly #builds = new Map<string, BuildProgress | undefined>();
  readonly #facts = new Map<string, JobFact[]>();
  readonly #logs = new Map<string, string>();
  readonly #readers: ConsumerMessages[] = [];
  readonly #blobs: PayloadStore;

  private constructor(private readonly nc: NatsConnection) {
    this.#blobs = new PayloadStore(nc);
  }

  static async open(nc: NatsConnection): Promise<BuildFeed> {
    const feed = new BuildFeed(nc);
    await feed.read('EVENTS', (message) => feed.takeEvent(message));
    await feed.read('LOGS', (message) => Promise.resolve(feed.takeChunk(message)));
    return feed;
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.close()));
  }

  /** The first event of a subject. */
  first(subject: string): CairnEvent | undefined {
    return this.#events.get(subject)?.[0];
  }

  build(id: string): BuildView | undefined {
    const progress = this.#builds.get(id);
    return progress && buildView(progress);
  }

  /** What runners and planner have said of its jobs, in order. */
  facts(build: string): readonly JobFact[] {
    return this.#facts.get(build) ?? [];
  }

  /** `logs.<build>.<job>.<attempt>.<step>` */
  log(subject: string): string {
    return this.#logs.get(subject) ?? '';
  }

  /** Every step of every attempt. */
  logsOf(build: string, job: string): string {
    const start = `logs.${build}.${job}.`;
    return [...this.#logs].flatMap(([subject, text]) => (subject.startsWith(start) ? [text] : [])).join('');
  }

  /** All that the newest attempts' steps have printed has come. */
  hasLogsOf({ id, jobs }: BuildView): boolean {
    return jobs.every((job) =>
      job.steps.every(
        ({ index, bytes }) =>
          bytes === null || Buffer.byteLength(this.log(subjects.logs(id, job.id, job.attempt, index))) === bytes,
      ),
    );
  }

  private async read(stream: string, take: (message: JsMsg) => Promise<void>): Promise<void> {
    const consumer = await jetstream(this.nc).consumers.get(stream);
    const messages = await consumer.consume();
    this.#readers.push(messages);
    void (async () => {
      for await (const message of messages) await take(message);
    })();
  }

  private takeChunk(message: JsMsg): void {
    this.#logs.set(message.subject, this.log(message.subject) + bytesOfChunk(message.json<LogChunk>()).toString());
  }

  private async takeEvent(message: JsMsg): Promise<void> {
    const blob = message.headers?.get(BLOB_HEADER);
    const payload = blob ? await this.#blobs.get(blob) : message.data;
    const event = decodeEvent(message.subject, message.seq, payload) as CairnEvent | undefined;
    const aggregate = aggregateOf(message.subject);
    if (!event || !aggregate) return;
    this.#events.set(message.subject, [...(this.#events.get(message.subject) ?? []), event]);
    if (!('buildId' in aggregate)) return;
    const { buildId } = aggregate;
    const jobId = 'jobId' in aggregate ? aggregate.jobId : undefined;
    this.#builds.set(buildId, evolveBuild(this.#builds.get(buildId), event, jobId));
    if (jobId !== undefined) this.#facts.set(buildId, [...this.facts(buildId), { jobId, event }]);
  }
}
