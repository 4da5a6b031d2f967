import { jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { StreamUnavailable } from '#errors';
import { Link } from './link.js';

/** The newest message on a subject, by Direct Get; null: there is none. @throws StreamUnavailable */
export const lastMessage = async (nc: NatsConnection, stream: string, subject: string): Promise<StoredMsg | null> => {
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    return await Link.of(nc).ask(() => jsm.direct.getMessage(stream, { last_by_subj: subject }));
  } catch (cause) {
    if (cause instanceof StreamUnavailable) throw cause;
    throw new StreamUnavailable(`read of ${stream}`, { cause });
  }
};
