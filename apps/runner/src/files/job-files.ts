import type { BlobStores } from '#blob-store';
import type { StoredArtifact } from '#domain';
import type { CacheTemplate, JobTemplate, TestReport } from '#events';
import type { Values } from '#expression';
import type { Sandbox } from '../executor/index.js';
import type { JobOf } from '../job-of.js';
import type { TextMasker } from '../secrets/index.js';
import type { SlotRecords } from '../slot-records.js';
import { ArtifactKeeper, type ArtifactLimits } from './artifact-keeper.js';
import { cacheScopes } from './cache-scope.js';
import { JobCaches, type AskedCache, type CacheLimits } from './job-caches.js';
import { readReports } from './job-reports.js';
import { takeArtifacts, type Giver } from './needed-artifacts.js';

export type FileTools = Readonly<{
  blobs: BlobStores;
  limits: Readonly<{ artifacts: ArtifactLimits; caches: CacheLimits }>;
  /** Where it is kept which caches the job of the slot asked for. */
  records: Pick<SlotRecords, 'keepCaches' | 'keptCaches'>;
  slot: string;
  /** What a job of the same build has left behind. */
  artifactsOf: (jobId: string) => Promise<Iterable<StoredArtifact>>;
  stored: (artifact: StoredArtifact) => Promise<void>;
  /** The text without the job's secrets. */
  mask: (text: string) => string;
  /** The same for a text that comes in pieces. */
  masker: () => TextMasker;
  /** Says what the tests came to. */
  tested: (report: TestReport) => Promise<void>;
}>;

type Say = (line: string) => void;

/** What one attempt takes over from other jobs and builds, and what it leaves to them. */
export class JobFiles {
  #caches: JobCaches | undefined;

  constructor(
    private readonly job: JobOf,
    private readonly template: JobTemplate,
    private readonly tools: FileTools,
  ) {}

  /** Of the step after the last one, in which it is told what was kept; undefined when there is nothing to keep. */
  get stepName(): string | undefined {
    const { reports, artifacts, cache } = this.template;
    const names = [...(reports ? ['reports'] : []), ...(artifacts ? ['artifacts'] : []), ...(cache ? ['caches'] : [])];
    const last = names.pop();
    if (last === undefined) return undefined;
    return `Keep ${names.length === 0 ? last : `${names.join(', ')} and ${last}`}`;
  }

  mask(text: string): string {
    return this.tools.mask(text);
  }

  /** When the source is there, before the first step. @throws what `takeArtifacts` throws */
  async take(sandbox: Sandbox, values: Values, say: Say, signal: AbortSignal): Promise<void> {
    const { artifactsOf, blobs, records, slot } = this.tools;
    const { givers } = this.job;
    const given = await Promise.all(
      givers.map(async ({ jobId, title }): Promise<Giver> => ({ title, artifacts: await artifactsOf(jobId) })),
    );
    await takeArtifacts(sandbox, given, blobs.artifacts, say, signal);
    const { cache } = this.template;
    if (!cache) return;
    this.#caches = this.cachesOf(cache, say);
    records.keepCaches(slot, await this.#caches.restore(sandbox, values, signal));
  }

  /** What the tests came to; known to the stream when it settles. @throws what the sandbox throws · the signal's reason */
  async report(sandbox: Sandbox, say: Say, signal: AbortSignal): Promise<void> {
    const { reports } = this.template;
    if (!reports) return;
    const report = await readReports(sandbox, reports.junit, { filter: this.tools.masker, say, signal });
    if (report) await this.tools.tested(report);
  }

  /** `known`: what was kept before the runner was restarted. @throws what `ArtifactKeeper.keep` throws */
  async keepArtifacts(
    sandbox: Sandbox,
    known: ReadonlyMap<string, StoredArtifact>,
    say: Say,
    signal: AbortSignal,
  ): Promise<void> {
    const { blobs, limits, stored, mask } = this.tools;
    const { request, planned, attempt } = this.job;
    const of = { buildId: request.buildId, jobId: planned.id, attempt };
    const keeper = new ArtifactKeeper(of, { blobs: blobs.artifacts, limits: limits.artifacts, stored, say, mask });
    if (this.template.artifacts) await keeper.keep(sandbox, this.template.artifacts, known, signal);
  }

  /** Of a job that has passed. */
  async saveCaches(sandbox: Sandbox, say: Say, signal: AbortSignal): Promise<void> {
    const { cache } = this.template;
    if (!cache) return;
    const caches = this.#caches ?? this.recalled(cache, say);
    if (caches) await caches.save(sandbox, say, signal);
    else say('caches are not saved: the runner was restarted, and the record of their keys cannot be read');
  }

  /** The keys are those of before the first step, which an earlier process of the runner has worked out. */
  private recalled(cache: readonly CacheTemplate[], say: Say): JobCaches | undefined {
    const asked = this.tools.records.keptCaches(this.tools.slot);
    return asked && this.cachesOf(cache, say, asked);
  }

  private cachesOf(cache: readonly CacheTemplate[], say: Say, asked?: readonly AskedCache[]): JobCaches {
    const { blobs, limits } = this.tools;
    const { repoId, trigger } = this.job.request;
    const tools = { blobs: blobs.caches, limits: limits.caches, repoId, scopes: cacheScopes(trigger), say };
    return new JobCaches(cache, tools, asked);
  }

  /** Of one that has not. */
  leaveCaches(say: Say): void {
    if (this.template.cache) say('caches are not saved: the job has not passed');
  }
}
