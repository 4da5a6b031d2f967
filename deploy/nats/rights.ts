import { BUCKETS, CONSUMERS, ticketsOf, type ConsumerSpec, type StreamName } from '#events';

/** Subjects that a user may publish on and subscribe to; what is denied is taken from what is allowed. */
export type Rights = Readonly<{
  publish?: readonly string[];
  deny?: readonly string[];
  subscribe?: readonly string[];
}>;

const STREAM_NAMES = ['WEBHOOKS', 'EVENTS', 'QUEUE', 'REQUESTS', 'LOGS', 'DEAD'] as const satisfies StreamName[];
const BLOBS = `OBJ_${BUCKETS.blobs}`;
const objectStream = (bucket: string): string => `OBJ_${bucket}`;
const KEPT = [BUCKETS.artifacts, BUCKETS.caches].map(objectStream);
const kvStream = (bucket: string): string => `KV_${bucket}`;

/** All durables that `setup` makes. */
export const durables = (pools: readonly string[]): readonly ConsumerSpec[] => [
  ...Object.values(CONSUMERS),
  ...pools.map(ticketsOf),
];

export const merged = (...parts: readonly Rights[]): Required<Rights> => ({
  publish: [...new Set(parts.flatMap(({ publish = [] }) => publish))],
  deny: [...new Set(parts.flatMap(({ deny = [] }) => deny))],
  subscribe: [...new Set(parts.flatMap(({ subscribe = [] }) => subscribe))],
});

export const publishes = (...subjects: readonly string[]): Rights => ({ publish: subjects });
export const subscribes = (...subjects: readonly string[]): Rights => ({ subscribe: subjects });

/** Take and acknowledge messages of these durables, and nothing else with them. */
export const draws = (specs: readonly ConsumerSpec[]): Rights => ({
  publish: specs.flatMap(({ stream, durable }) => [
    `$JS.API.CONSUMER.INFO.${stream}.${durable}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
    `$JS.ACK.${stream}.${durable}.>`,
  ]),
});

/** Read single messages. */
export const gets = (...streams: readonly StreamName[]): Rights => ({
  publish: streams.flatMap((stream) => [`$JS.API.DIRECT.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`]),
});

export const looksAt = (...streams: readonly StreamName[]): Rights => ({
  publish: streams.map((stream) => `$JS.API.STREAM.INFO.${stream}`),
});

/**
 * Read a stream in order with consumers of one's own, whose names are random: the names of durables are denied, since
 * whoever may create a consumer of a name may also change the one that has it.
 */
const reads = (stream: string, filter: string | undefined, taken: readonly string[]): Rights => ({
  publish: [
    `$JS.API.STREAM.INFO.${stream}`,
    filter === undefined ? `$JS.API.CONSUMER.CREATE.${stream}.>` : `$JS.API.CONSUMER.CREATE.${stream}.*.${filter}`,
    `$JS.API.CONSUMER.INFO.${stream}.*`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
    `$JS.API.CONSUMER.DELETE.${stream}.*`,
  ],
  deny: taken.flatMap((durable) => [
    `$JS.API.CONSUMER.CREATE.${stream}.${durable}`,
    `$JS.API.CONSUMER.CREATE.${stream}.${durable}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.${durable}`,
  ]),
});

/** What `follow` needs. `own`: the durables of the same stream that the user draws from. */
export const follows = (stream: StreamName, own: readonly ConsumerSpec[] = []): Rights => {
  const taken = durables([]).flatMap((spec) => (spec.stream === stream ? [spec.durable] : []));
  const others = taken.filter((durable) => !own.some((mine) => mine.durable === durable));
  return merged(reads(stream, undefined, taken), {
    deny: others.flatMap((durable) => [
      `$JS.API.CONSUMER.INFO.${stream}.${durable}`,
      `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
    ]),
  });
};

/** Follow a key-value bucket as it changes. */
export const readsBucket = (bucket: string): Rights => reads(kvStream(bucket), `$KV.${bucket}.>`, []);

/** Read single entries of a key-value bucket. */
export const getsEntries = (bucket: string): Rights => ({
  publish: [`$JS.API.DIRECT.GET.${kvStream(bucket)}.$KV.${bucket}.*`],
});

/** Large payloads. They come by a push consumer with flow control, which is what the client's object store uses. */
export const readsBlobs: Rights = merged(reads(BLOBS, `$O.${BUCKETS.blobs}.C.*`, []), {
  publish: [
    `$JS.API.STREAM.MSG.GET.${BLOBS}`,
    `$JS.API.DIRECT.GET.${BLOBS}`,
    `$JS.API.DIRECT.GET.${BLOBS}.>`,
    `$JS.FC.${BLOBS}.>`,
  ],
});

/** Blobs are only ever added: nobody may purge or delete one. */
export const writesBlobs: Rights = { publish: [`$O.${BUCKETS.blobs}.C.*`, `$O.${BUCKETS.blobs}.M.*`] };

/** Find, list and read the blobs of a bucket, one chunk at a time. */
export const looksUpBlobs = (bucket: string): Rights => {
  const stream = objectStream(bucket);
  return {
    publish: [
      `$JS.API.STREAM.INFO.${stream}`,
      `$JS.API.STREAM.MSG.GET.${stream}`,
      `$JS.API.DIRECT.GET.${stream}`,
      `$JS.API.DIRECT.GET.${stream}.>`,
    ],
  };
};

/** Find the place of a chunk, to read a part of a blob: a consumer that is made there tells how many are left. */
export const countsChunks = (bucket: string): Rights => {
  const stream = objectStream(bucket);
  return {
    publish: [`$JS.API.CONSUMER.CREATE.${stream}.*.$O.${bucket}.C.*`, `$JS.API.CONSUMER.DELETE.${stream}.*`],
  };
};

/** Add blobs to a bucket. What was there can be replaced, not removed. */
export const keepsBlobs = (bucket: string): Rights =>
  merged(looksUpBlobs(bucket), { publish: [`$O.${bucket}.C.*`, `$O.${bucket}.M.*`] });

/** Remove blobs: who may do so may empty the bucket. */
export const purgesBlobs = (bucket: string): Rights => ({
  publish: [`$JS.API.STREAM.PURGE.${objectStream(bucket)}`],
});

/** Create and widen what `setUpJetStream` makes. Not: delete or purge anything, or read a message. */
export const setsUp = (pools: readonly string[]): Rights => {
  const streams = [...STREAM_NAMES, kvStream(BUCKETS.runners), kvStream(BUCKETS.leases), BLOBS, ...KEPT];
  return {
    publish: [
      ...streams.flatMap((stream) => ['INFO', 'CREATE', 'UPDATE'].map((verb) => `$JS.API.STREAM.${verb}.${stream}`)),
      ...durables(pools).map(
        ({ stream, durable, subject }) => `$JS.API.CONSUMER.CREATE.${stream}.${durable}.${subject}`,
      ),
    ],
  };
};
