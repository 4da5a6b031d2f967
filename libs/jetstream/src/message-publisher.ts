import { JetStreamApiError, jetstream, type JetStreamClient, type PubAck } from '@nats-io/jetstream';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { AppendConflict, StreamUnavailable } from '#errors';
import { Link } from './link.js';
import { BLOB_HEADER, CLAIM_CHECK_BYTES, PayloadStore } from './payload-store.js';

const WRONG_LAST_SEQUENCE = 10071;

const isLostRace = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE;

export type PublishOptions = Readonly<{
  /** JetStream drops a message whose id it has seen within its duplicate window. */
  id?: string;
  headers?: Readonly<Record<string, string>>;
  /** The sequence that the last message on this exact subject must have; 0: there is none. */
  expectedRevision?: number;
  timeoutMs?: number;
}>;

/** Publishes to streams and waits for JetStream's acknowledgement. Large payloads go through the claim check. */
export class MessagePublisher {
  readonly blobs: PayloadStore;
  private readonly js: JetStreamClient;

  constructor(private readonly nc: NatsConnection) {
    this.js = jetstream(nc);
    this.blobs = new PayloadStore(nc);
  }

  /**
   * Settles when the message is stored.
   * @throws AppendConflict when `expectedRevision` does not hold · StreamUnavailable when there was no answer: then it
   *   is not known whether the message was stored.
   */
  async publish(subject: string, payload: string | Uint8Array, options: PublishOptions = {}): Promise<PubAck> {
    const bytes = typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;
    const { expectedRevision, id, timeoutMs } = options;
    try {
      const { body, head } = await this.claimCheck(bytes, options.headers ?? {});
      return await Link.of(this.nc).ask(() =>
        this.js.publish(subject, body, {
          ...(head ? { headers: head } : {}),
          ...(id === undefined ? {} : { msgID: id }),
          ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
          ...(expectedRevision === undefined ? {} : { expect: { lastSubjectSequence: expectedRevision } }),
        }),
      );
    } catch (cause) {
      if (cause instanceof StreamUnavailable) throw cause;
      if (isLostRace(cause)) throw new AppendConflict(subject, expectedRevision ?? 0, { cause });
      throw new StreamUnavailable(`publish on ${subject}`, { cause });
    }
  }

  /** A plain NATS message: a nudge that nothing depends on. */
  nudge(subject: string): void {
    this.nc.publish(subject);
  }

  private async claimCheck(
    bytes: Uint8Array,
    extra: Readonly<Record<string, string>>,
  ): Promise<{ body: Uint8Array; head: MsgHdrs | undefined }> {
    const large = bytes.length > CLAIM_CHECK_BYTES;
    if (!large && Object.keys(extra).length === 0) return { body: bytes, head: undefined };
    const head = headers();
    for (const [name, value] of Object.entries(extra)) head.set(name, value);
    if (!large) return { body: bytes, head };
    head.set(BLOB_HEADER, await this.blobs.put(bytes));
    return { body: new Uint8Array(), head };
  }
}
