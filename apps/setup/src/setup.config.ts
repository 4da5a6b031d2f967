import { Transform, Type } from 'class-transformer';
import { ArrayNotEmpty, IsArray, IsInt, Matches, Max, Min } from 'class-validator';
import { ServiceConfig } from '#config';
import { DEFAULT_STREAM_SETTINGS, type StreamSettings } from '#jetstream';

const { maxBytes, buckets } = DEFAULT_STREAM_SETTINGS;
const CEILING = { message: 'must be a whole number of bytes, or -1 for no ceiling' };

const Ceiling = (): PropertyDecorator => (target, name) => {
  Type(() => Number)(target, name as string);
  IsInt(CEILING)(target, name as string);
  Min(-1, CEILING)(target, name as string);
};

const Days = (): PropertyDecorator => (target, name) => {
  Type(() => Number)(target, name as string);
  IsInt()(target, name as string);
  Min(0)(target, name as string);
  Max(36_500)(target, name as string);
};

/** What the `setup` job makes. Ceilings in bytes; an existing stream is only ever widened. */
export class SetupConfig extends ServiceConfig {
  /** The pools that runners draw from, with commas. */
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.split(',').map((pool) => pool.trim()) : value,
  )
  @IsArray()
  @ArrayNotEmpty()
  @Matches(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, {
    each: true,
    message: 'must be names of letters, digits, - and _, with commas',
  })
  readonly CAIRN_POOLS: readonly string[] = ['default'];

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(5)
  readonly CAIRN_NATS_REPLICAS: number = 1;

  @Ceiling()
  readonly CAIRN_WEBHOOKS_MAX_BYTES: number = maxBytes.WEBHOOKS;

  @Ceiling()
  readonly CAIRN_EVENTS_MAX_BYTES: number = maxBytes.EVENTS;

  @Ceiling()
  readonly CAIRN_QUEUE_MAX_BYTES: number = maxBytes.QUEUE;

  @Ceiling()
  readonly CAIRN_REQUESTS_MAX_BYTES: number = maxBytes.REQUESTS;

  @Ceiling()
  readonly CAIRN_LOGS_MAX_BYTES: number = maxBytes.LOGS;

  @Ceiling()
  readonly CAIRN_DEAD_MAX_BYTES: number = maxBytes.DEAD;

  @Ceiling()
  readonly CAIRN_ARTIFACTS_MAX_BYTES: number = buckets.artifacts.maxBytes;

  @Ceiling()
  readonly CAIRN_CACHES_MAX_BYTES: number = buckets.caches.maxBytes;

  /** How long artifacts are kept; 0: for ever. */
  @Days()
  readonly CAIRN_ARTIFACTS_DAYS: number = buckets.artifacts.days;

  /** How long a cache is kept after it was written; 0: for ever. */
  @Days()
  readonly CAIRN_CACHES_DAYS: number = buckets.caches.days;
}

export const streamSettings = (config: SetupConfig): StreamSettings => ({
  ...DEFAULT_STREAM_SETTINGS,
  replicas: config.CAIRN_NATS_REPLICAS,
  maxBytes: {
    WEBHOOKS: config.CAIRN_WEBHOOKS_MAX_BYTES,
    EVENTS: config.CAIRN_EVENTS_MAX_BYTES,
    QUEUE: config.CAIRN_QUEUE_MAX_BYTES,
    REQUESTS: config.CAIRN_REQUESTS_MAX_BYTES,
    LOGS: config.CAIRN_LOGS_MAX_BYTES,
    DEAD: config.CAIRN_DEAD_MAX_BYTES,
  },
  buckets: {
    artifacts: { maxBytes: config.CAIRN_ARTIFACTS_MAX_BYTES, days: config.CAIRN_ARTIFACTS_DAYS },
    caches: { maxBytes: config.CAIRN_CACHES_MAX_BYTES, days: config.CAIRN_CACHES_DAYS },
  },
});
