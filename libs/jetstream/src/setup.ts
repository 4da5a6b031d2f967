import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { Objm } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { BUCKETS, LEASE_MS, type ConsumerSpec } from '#events';
import { UnsupportedServer } from '#errors';
import { bucketConfig, streamConfigs, widened, type StreamSettings } from './streams.js';

const STREAM_NOT_FOUND = 10059;

/** [major, minor, patch] of a version such as `2.9.10` or `2.12.0-RC.1`. */
const parts = (version: string): [number, number, number] => {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return [major, minor, patch];
};

/**
 * Whether a nats-server can be used, and what its operator should know.
 * @throws UnsupportedServer for versions that can lose data in the way we use them.
 */
export const serverNotice = (version: string, replicas: number): string | undefined => {
  const [major, minor, patch] = parts(version);
  if (major === 2 && minor === 10 && patch >= 20 && patch <= 22)
    throw new UnsupportedServer(version, '2.10.20 to 2.10.22 can lose a stream when killed; take 2.10.23 or later');
  const clustered = major > 2 || minor > 10 || (minor === 10 && patch >= 23);
  if (replicas > 1 && !clustered) throw new UnsupportedServer(version, 'more than one replica needs 2.10.23 or later');
  if (major === 2 && minor < 10)
    return `nats-server ${version} syncs its files every two minutes: a power cut can cost up to that much of what was accepted (2.10 and later sync always)`;
  return undefined;
};

const ensureStreams = async (jsm: JetStreamManager, settings: StreamSettings): Promise<void> => {
  for (const wanted of streamConfigs(settings)) {
    const name = wanted.name ?? '';
    const existing = await jsm.streams.info(name).catch((error: unknown) => {
      if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined;
      throw error;
    });
    if (!existing) await jsm.streams.add({ ...wanted, name });
    else {
      const change = widened(existing.config, wanted);
      if (change) await jsm.streams.update(name, change);
    }
  }
};

const ensureConsumer = async (jsm: JetStreamManager, spec: ConsumerSpec): Promise<void> => {
  await jsm.consumers.add(spec.stream, {
    durable_name: spec.durable,
    filter_subject: spec.subject,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: spec.ackWaitMs * 1e6,
    max_deliver: -1,
    max_ack_pending: spec.stream === 'QUEUE' ? -1 : 10_000,
  });
};

const ensureBucket = async (
  nc: NatsConnection,
  jsm: JetStreamManager,
  name: 'artifacts' | 'caches',
  { buckets, replicas }: StreamSettings,
): Promise<void> => {
  const { max_bytes = -1, max_age = 0, ...rest } = bucketConfig(buckets[name], replicas);
  const bucket = await new Objm(nc).create(BUCKETS[name], { max_bytes, ttl: max_age, replicas });
  const { streamInfo } = await bucket.status();
  const change = widened(streamInfo.config, { max_bytes, max_age, ...rest });
  if (change) await jsm.streams.update(streamInfo.config.name, change);
};

/** Creates what is missing: streams, durables, buckets. Repeating it changes nothing; nothing is ever narrowed. */
export const setUpJetStream = async (
  nc: NatsConnection,
  settings: StreamSettings,
  consumers: readonly ConsumerSpec[],
): Promise<void> => {
  const jsm = await jetstreamManager(nc);
  await ensureStreams(jsm, settings);
  for (const consumer of consumers) await ensureConsumer(jsm, consumer);
  const kvm = new Kvm(nc);
  await kvm.create(BUCKETS.runners, { ttl: LEASE_MS, history: 1, replicas: settings.replicas });
  await kvm.create(BUCKETS.leases, { ttl: LEASE_MS, history: 1, replicas: settings.replicas });
  await new Objm(nc).create(BUCKETS.blobs, { replicas: settings.replicas });
  await ensureBucket(nc, jsm, 'artifacts', settings);
  await ensureBucket(nc, jsm, 'caches', settings);
};
