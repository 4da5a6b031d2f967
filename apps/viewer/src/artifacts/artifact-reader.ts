import { Inject, Injectable } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { createBlobStores, type BlobStore, type ByteRange, type OpenedBlob } from '#blob-store';
import { s3Settings } from '#config';
import { sha256, subjects, type ArtifactStored, type JobEvent } from '#events';
import { Aggregates, NATS } from '#jetstream';
import { ViewerConfig } from '../viewer.config.js';

/** A file that an attempt has left behind, as the API shows it. `id`: its place in the API. */
export type ArtifactView = Readonly<{
  id: string;
  name: string;
  bytes: number;
  sha256: string;
  executable: boolean;
  /** It is a link to that, and cannot be downloaded. */
  link: string | null;
  storedAt: string;
}>;

export type ArtifactsOf = Readonly<{ buildId: string; jobId: string; attempt: number }>;

/** Names have slashes and more: in an address they stand as a hash. */
const idOf = (name: string): string => sha256(name).slice(0, 24);

const viewOf = ({ at, data }: ArtifactStored): ArtifactView => ({
  id: idOf(data.name),
  name: data.name,
  bytes: data.bytes,
  sha256: data.sha256,
  executable: data.executable ?? false,
  link: data.link ?? null,
  storedAt: at,
});

/** What jobs have left behind: the events tell what there is, the store has the bytes. */
@Injectable()
export class ArtifactReader {
  private readonly blobs: BlobStore;

  constructor(
    @Inject(Aggregates) private readonly aggregates: Aggregates,
    @Inject(NATS) nc: NatsConnection,
    @Inject(ViewerConfig) config: ViewerConfig,
  ) {
    this.blobs = createBlobStores(nc, s3Settings(config)).artifacts;
  }

  /** By name. @throws StreamUnavailable */
  async list(of: ArtifactsOf): Promise<ArtifactView[]> {
    return (await this.stored(of)).map(viewOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws StreamUnavailable */
  async find(of: ArtifactsOf, id: string): Promise<ArtifactStored['data'] | undefined> {
    return (await this.stored(of)).find(({ data }) => idOf(data.name) === id)?.data;
  }

  /** All of it, or the range. @throws BlobGone · BlobStoreUnavailable */
  open({ key }: ArtifactStored['data'], range: ByteRange | undefined): Promise<OpenedBlob> {
    return this.blobs.get(key, range);
  }

  /** @throws BlobStoreUnavailable */
  async isThere({ key }: ArtifactStored['data']): Promise<boolean> {
    return (await this.blobs.head(key)) !== undefined;
  }

  private async stored({ buildId, jobId, attempt }: ArtifactsOf): Promise<ArtifactStored[]> {
    const { events } = await this.aggregates.store.load<JobEvent>(subjects.job(buildId, jobId));
    return events.flatMap((event) =>
      event.type === 'ArtifactStored' && event.data.attempt === attempt ? [event] : [],
    );
  }
}
