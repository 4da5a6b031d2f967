import { setTimeout as pause } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  Inject,
  Injectable,
  Logger,
  ServiceUnavailableException,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { queueOf, queueViews, runnerViews, type QueueView, type RunnerView } from '#domain';
import { messageOf, StreamUnavailable } from '#errors';
import { admissionLeaseOf, BUCKETS, type AdmissionLease } from '#events';
import { EVENT_STORE, lastMessage, MessagePublisher, NATS, Presence, type EventStore } from '#jetstream';
import { OpenBuilds, OpenGroups } from '#open-builds';
import { ReadModel } from '../read-model/read-model.js';
import { ViewerConfig } from '../viewer.config.js';

const RETRY_MS = 1_000;

/** What waits for what, and the runners: from the same open builds and heartbeats that the planner admits by. */
@Injectable()
export class Queue implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Queue.name);
  private readonly builds: OpenBuilds;
  private readonly groups: OpenGroups;
  private readonly presence: Presence;
  private readonly stopping = new AbortController();
  private isFollowing = false;

  constructor(
    @Inject(NATS) private readonly nc: NatsConnection,
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(MessagePublisher) publisher: MessagePublisher,
    @Inject(ReadModel) private readonly model: ReadModel,
    @Inject(ViewerConfig) config: ViewerConfig,
  ) {
    this.builds = new OpenBuilds(nc, store, publisher);
    this.groups = new OpenGroups(nc, store, publisher);
    this.presence = new Presence(nc, publisher.blobs, config.CAIRN_LEASE * 1000);
  }

  onApplicationBootstrap(): void {
    this.presence.start();
    void this.follow();
  }

  onApplicationShutdown(): void {
    this.stopping.abort();
    this.builds.stop();
    this.groups.stop();
    this.presence.stop();
  }

  /** In the order in which jobs would begin. @throws ServiceUnavailableException while it cannot be known */
  async entries(): Promise<readonly QueueView[]> {
    if (!this.isFollowing) throw new ServiceUnavailableException('the open builds are still to be read');
    const lease = await this.lease();
    const builds = this.builds.all();
    const begun = this.model.begunJobs();
    const entries = queueOf({
      ...{ builds, lease, runners: this.presence.alive(), turns: this.builds.turns },
      groups: this.groups.all(),
      hasBegun: (buildId, jobId) => begun.has(`${buildId} ${jobId}`),
    });
    return queueViews(entries, builds);
  }

  /** Those that live, by name. */
  runners(): readonly RunnerView[] {
    return runnerViews(this.presence.alive());
  }

  /** What the planner that admits keeps to; it is gone when nobody renews it. */
  private async lease(): Promise<AdmissionLease | undefined> {
    const stream = `KV_${BUCKETS.leases}`;
    const message = await lastMessage(this.nc, stream, `$KV.${BUCKETS.leases}.admission`).catch((error: unknown) => {
      if (error instanceof StreamUnavailable) throw new ServiceUnavailableException('JetStream does not answer');
      throw error;
    });
    return message ? admissionLeaseOf(message.data) : undefined;
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    const views = [this.groups, this.builds];
    while (!signal.aborted && !this.isFollowing) {
      try {
        for (let [view] = views; view; [view] = views) {
          await view.start();
          views.shift();
        }
        this.isFollowing = true;
      } catch (error) {
        if (signal.aborted) return;
        this.logger.warn(messageOf(error));
        await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
