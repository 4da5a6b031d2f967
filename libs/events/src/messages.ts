/** A ticket in `QUEUE`: a hint that the job may be taken. The job's subject is the truth. */
export type Ticket = Readonly<{ buildId: string; jobId: string; attempt: number }>;

/** What a runner's heartbeat says, under its id in the `RUNNERS` bucket, whose entries live for one lease. */
export type Heartbeat = Readonly<{
  runner: string;
  epoch: string;
  at: string;
  pools: readonly string[];
  capacity: number;
  running: number;
  /** Why the runner takes no jobs at the moment, or not all, for people. */
  note?: string;
  /** What `note` is about. */
  trouble?: RunnerTrouble;
}>;

/** `engine`: jobs that need the container engine wait; `disk`, `stopping`: all do. */
export type RunnerTrouble = 'engine' | 'disk' | 'stopping';

/** What the planner that admits jobs says under `admission` in the `LEASES` bucket, for as long as it does. */
export type AdmissionLease = Readonly<{
  planner: string;
  /** How many jobs of a repository may be at work in all pools, and how much of a pool's slots it may have. */
  repoJobs?: number;
  repoPercentOfPool?: number;
}>;

/** An older planner wrote its id alone. */
export const admissionLeaseOf = (payload: Uint8Array): AdmissionLease => {
  const text = new TextDecoder().decode(payload);
  try {
    const lease: unknown = JSON.parse(text);
    if (typeof lease === 'object' && lease !== null && 'planner' in lease) return lease as AdmissionLease;
  } catch {
    // falls through: not JSON
  }
  return { planner: text };
};

/** A webhook as received: the body's bytes are the message (or a blob), these are its headers. */
export type WebhookHeaders = Readonly<{ delivery: string; event: string; receivedAt: string }>;

/** The NATS headers that carry `WebhookHeaders`. */
export const WEBHOOK_HEADERS = {
  delivery: 'Cairn-Delivery',
  event: 'Cairn-Event',
  receivedAt: 'Cairn-Received-At',
} as const satisfies Record<keyof WebhookHeaders, string>;

/** What a consumer gave up on. */
export type DeadLetter = Readonly<{
  service: string;
  durable: string;
  stream: string;
  subject: string;
  sequence: number;
  deliveries: number;
  code: string;
  error: string;
  at: string;
}>;
