import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import type { StreamName } from '#events';

const DAY = 24 * 60 * 60 * 1e9; // JetStream counts durations in nanoseconds
const GIB = 1024 ** 3;

/** What can be set from outside. Sizes in bytes; -1 means no ceiling. */
export type StreamSettings = Readonly<{
  replicas: number;
  maxBytes: Readonly<Record<StreamName, number>>;
  /** Milliseconds within which JetStream recognises a repeated message id. */
  duplicateWindowMs: number;
  buckets: Readonly<Record<'artifacts' | 'caches', BucketSettings>>;
}>;

/** `days`: how long what is in a bucket is kept; 0: for ever. */
export type BucketSettings = Readonly<{ maxBytes: number; days: number }>;

export const DEFAULT_STREAM_SETTINGS: StreamSettings = {
  replicas: 1,
  maxBytes: { WEBHOOKS: 4 * GIB, EVENTS: -1, QUEUE: GIB, REQUESTS: GIB, LOGS: 10 * GIB, DEAD: GIB },
  duplicateWindowMs: 120_000,
  buckets: { artifacts: { maxBytes: 20 * GIB, days: 90 }, caches: { maxBytes: 20 * GIB, days: 30 } },
};

/** The streams as DESIGN section 2 has them. */
export const streamConfigs = (settings: StreamSettings): Partial<StreamConfig>[] => {
  const stream = (name: StreamName, subjects: string[], more: Partial<StreamConfig>): Partial<StreamConfig> => ({
    name,
    subjects,
    storage: StorageType.File,
    num_replicas: settings.replicas,
    max_bytes: settings.maxBytes[name],
    discard: DiscardPolicy.New, // a full stream refuses: back-pressure, never loss
    duplicate_window: settings.duplicateWindowMs * 1e6,
    allow_direct: true,
    ...more,
  });
  return [
    stream('WEBHOOKS', ['webhooks.>'], { max_age: 30 * DAY }),
    stream('EVENTS', ['build.>', 'repo.>', 'delivery.>', 'request.>', 'group.>'], {
      deny_delete: true, // deleting an aggregate's last message would reset its revision
      deny_purge: true,
    }),
    stream('QUEUE', ['queue.>'], { retention: RetentionPolicy.Workqueue }),
    stream('REQUESTS', ['requests.>'], { max_age: 7 * DAY }),
    stream('LOGS', ['logs.>'], { max_age: 7 * DAY }),
    stream('DEAD', ['dead.>'], { max_age: 90 * DAY }),
  ];
};

/** Of a bucket, what `widened` looks at. */
export const bucketConfig = ({ maxBytes, days }: BucketSettings, replicas: number): Partial<StreamConfig> => ({
  max_bytes: maxBytes,
  max_age: days * DAY,
  num_replicas: replicas,
});

const wider = (existing: number, wanted: number): number =>
  existing <= 0 || wanted <= 0 ? Math.min(existing, wanted) : Math.max(existing, wanted);

/**
 * What an existing stream must become to hold all that is wanted and all that it holds today: limits only grow, subjects
 * are only added. Undefined when nothing changes.
 */
export const widened = (existing: StreamConfig, wanted: Partial<StreamConfig>): StreamConfig | undefined => {
  const result: StreamConfig = {
    ...existing,
    subjects: [...new Set([...existing.subjects, ...(wanted.subjects ?? [])])],
    max_bytes: wider(existing.max_bytes, wanted.max_bytes ?? -1),
    max_age: wider(existing.max_age, wanted.max_age ?? 0),
    num_replicas: Math.max(existing.num_replicas, wanted.num_replicas ?? 1),
    allow_direct: existing.allow_direct || wanted.allow_direct === true,
  };
  const same =
    result.subjects.length === existing.subjects.length &&
    result.max_bytes === existing.max_bytes &&
    result.max_age === existing.max_age &&
    result.num_replicas === existing.num_replicas &&
    result.allow_direct === existing.allow_direct;
  return same ? undefined : result;
};
