import { DeliverPolicy, jetstream, jetstreamManager, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { BLOB_HEADER, type PayloadStore } from './payload-store.js';
import { Link } from './link.js';

export type Followed = Readonly<{
  subject: string;
  sequence: number;
  storedAt: string;
  payload: Uint8Array;
  /** How many messages of the stream are known to come after this one. */
  pending: number;
}>;

export type FollowOptions = Readonly<{
  stream: string;
  subject?: string;
  /** The first sequence that is wanted. */
  from: number;
  signal: AbortSignal;
  batch?: number;
  /** Called each time the stream begins to be heard, and each time that ends. */
  onHearing?: (isHeard: boolean) => void;
}>;

const RETRY_MS = 250;
/** The server says within half of this that it is there; after two silences the stream is asked for anew. */
const PULL_MS = 2_000;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });

/**
 * A stream's messages in order, each once, from history without a seam into what comes, until the signal: what
 * projections and live tails read. Survives the loss of server and connection by its own cursor.
 */
export async function* follow(
  nc: NatsConnection,
  blobs: PayloadStore,
  options: FollowOptions,
): AsyncGenerator<Followed> {
  const { signal } = options;
  const link = Link.of(nc);
  let cursor = options.from;
  while (!signal.aborted) {
    let pull: ConsumerMessages | undefined;
    const stop = (): void => pull?.stop();
    signal.addEventListener('abort', stop, { once: true });
    // The client notices only after its missed heartbeats that a consumer went down with the server.
    const forget = link.onReconnect(stop);
    try {
      pull = await link.ask(() => open(nc, options, cursor));
      if (signal.aborted) return; // it came while there was nothing to close yet
      void endInSilence(pull);
      options.onHearing?.(true);
      for await (const message of pull) {
        if (signal.aborted) return;
        if (message.seq < cursor) continue;
        const item = await followed(message, blobs);
        cursor = message.seq + 1;
        yield item;
      }
    } catch {
      if (nc.isClosed()) return; // any other failure of the server or the connection is waited out
    } finally {
      signal.removeEventListener('abort', stop);
      forget();
      pull?.stop(); // not close(): it waits for a reader, and there may have been none
      options.onHearing?.(false);
    }
    await pause(RETRY_MS, signal);
  }
}

/** A server that was halted or has lost the consumer: the client by itself tries again at its leisure, and says nothing. */
const endInSilence = async (pull: ConsumerMessages): Promise<void> => {
  for await (const { type } of pull.status()) if (type === 'heartbeats_missed') pull.stop();
};

const open = async (nc: NatsConnection, options: FollowOptions, cursor: number): Promise<ConsumerMessages> => {
  const consumer = await jetstream(nc).consumers.get(options.stream, {
    ...(options.subject === undefined ? {} : { filter_subjects: options.subject }),
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: cursor,
    inactive_threshold: 30_000,
  });
  return consumer.consume({ max_messages: options.batch ?? 1_000, expires: PULL_MS });
};

/** The newest message of each subject, as they stand now. @throws when JetStream does not answer */
export const lastPerSubject = async (
  nc: NatsConnection,
  blobs: PayloadStore,
  stream: string,
  subject: string,
): Promise<Followed[]> => {
  const consumer = await jetstream(nc).consumers.get(stream, {
    filter_subjects: subject,
    deliver_policy: DeliverPolicy.LastPerSubject,
  });
  let left = (await consumer.info()).num_pending;
  if (left === 0) return [];
  const messages: Followed[] = [];
  const pull = await consumer.consume({ max_messages: 1_000, expires: 10_000 });
  for await (const message of pull) {
    messages.push(await followed(message, blobs));
    left -= 1;
    if (left <= 0) break;
  }
  await pull.close();
  return messages;
};

const followed = async (message: JsMsg, blobs: PayloadStore): Promise<Followed> => {
  const blob = message.headers?.get(BLOB_HEADER);
  return {
    subject: message.subject,
    sequence: message.seq,
    storedAt: message.time.toISOString(),
    payload: blob ? await blobs.get(blob) : message.data,
    pending: message.info.pending,
  };
};

/** The sequence of a stream's newest message, 0 when it has none. */
export const lastSequenceOf = async (nc: NatsConnection, stream: string): Promise<number> => {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  return (await jsm.streams.info(stream)).state.last_seq;
};
