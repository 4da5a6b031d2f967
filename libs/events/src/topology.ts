/** The durable consumers of each service: the `setup` job creates them, the services only use them. */
export type ConsumerSpec = Readonly<{
  service: ServiceName;
  durable: string;
  stream: StreamName;
  /** One filter for each consumer: nats-server 2.9 knows no more. */
  subject: string;
  /** Event types that the handler wants; others are acknowledged unread. Without it: all. */
  types?: readonly string[];
  /** Milliseconds without a word after which a message is delivered again. */
  ackWaitMs: number;
  /** How many messages a replica works on or holds ready at once. */
  concurrency: number;
  /** Messages of one subject are handled one after another, unless this is set: then nothing waits for anything. */
  unordered?: true;
}>;

export type ServiceName = 'ingest' | 'planner' | 'runner' | 'log-shipper' | 'notifier' | 'viewer';
export type StreamName = 'WEBHOOKS' | 'EVENTS' | 'QUEUE' | 'REQUESTS' | 'LOGS' | 'DEAD';

/** What a killed replica was working on is taken up by another after this time; the living say that they are at it. */
const QUICK = { ackWaitMs: 10_000, concurrency: 32 };

export const CONSUMERS = {
  plannerWebhooks: {
    service: 'planner',
    durable: 'planner-webhooks',
    stream: 'WEBHOOKS',
    subject: 'webhooks.>',
    unordered: true,
    ...QUICK,
  },
  plannerRequests: {
    service: 'planner',
    durable: 'planner-requests',
    stream: 'REQUESTS',
    subject: 'requests.>',
    unordered: true,
    ...QUICK,
  },
  plannerRepo: {
    service: 'planner',
    durable: 'planner-repo',
    stream: 'EVENTS',
    subject: 'repo.*',
    types: ['BuildRegistered', 'RefClosed'],
    ...QUICK,
  },
  plannerPlan: {
    service: 'planner',
    durable: 'planner-plan',
    stream: 'EVENTS',
    subject: 'build.*.plan',
    types: ['BuildRequested', 'BuildRejected', 'JobsQueued', 'JobsCancelled', 'BuildCancelled', 'BuildFinished'],
    ...QUICK,
  },
  plannerJob: {
    service: 'planner',
    durable: 'planner-job',
    stream: 'EVENTS',
    subject: 'build.*.job.*',
    types: ['JobFinished', 'JobLost'],
    ...QUICK,
  },
  shipperLogs: {
    service: 'log-shipper',
    durable: 'log-shipper-logs',
    stream: 'LOGS',
    subject: 'logs.>',
    ...QUICK,
    concurrency: 128,
  },
  shipperSteps: {
    service: 'log-shipper',
    durable: 'log-shipper-steps',
    stream: 'EVENTS',
    subject: 'build.*.job.*',
    types: ['StepFinished'],
    ...QUICK,
  },
  notifierBuilds: {
    service: 'notifier',
    durable: 'notifier-builds',
    stream: 'EVENTS',
    subject: 'build.*.plan',
    types: [
      'BuildRequested',
      'BuildPlanned',
      'BuildAwaitingApproval',
      'BuildApproved',
      'BuildRejected',
      'BuildCancelled',
      'BuildFinished',
      'JobsSettled',
      'JobAwaitingApproval',
      'JobApproved',
    ],
    ...QUICK,
  },
  notifierDeliveries: {
    service: 'notifier',
    durable: 'notifier-deliveries',
    stream: 'EVENTS',
    subject: 'delivery.*',
    types: ['DeliveryIgnored'],
    ...QUICK,
  },
} as const satisfies Record<string, ConsumerSpec>;

/** The tickets of one pool; every runner of the pool draws from it. */
export const ticketsOf = (pool: string): ConsumerSpec => ({
  service: 'runner',
  durable: `runner-${pool}`,
  stream: 'QUEUE',
  subject: `queue.${pool}`,
  ackWaitMs: 120_000,
  concurrency: 1,
});

/** Key-value buckets and the object store. */
export const BUCKETS = {
  runners: 'RUNNERS',
  leases: 'LEASES',
  blobs: 'BLOBS',
  artifacts: 'ARTIFACTS',
  caches: 'CACHES',
} as const;

/** How long a runner's heartbeat counts by default, in milliseconds; after that its jobs may be given up for lost. */
export const LEASE_MS = 15_000;
/** Heartbeats in one lease. */
export const BEATS_PER_LEASE = 5;
