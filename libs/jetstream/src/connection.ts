import { readFileSync } from 'node:fs';
import { connect, errors, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';

/**
 * How long the server may take to answer a connection, in milliseconds; it waits as long itself for who has dialled. When it
 * is killed amid the handshake, the client notices by this alone. The client's own 20 s are more than a lease: a runner that
 * was well would be given up. `CAIRN_LEASE` allows no lease that is not well above it.
 */
const HANDSHAKE_MS = 2_000;
/** A process that starts on a busy machine may be slow itself. */
const FIRST_TRIES = 10;

export type NatsSettings = Readonly<{
  /** Comma-separated `nats://` or `tls://` addresses. */
  url: string;
  user?: string;
  password?: string;
  caFile?: string;
  /** Shown by the server's monitoring, and the last token of the inbox prefix that the user may subscribe to. */
  name: string;
}>;

/** Each service has its own inbox, so that its NATS user can be kept from reading the answers to another. */
export const inboxPrefixOf = (service: string): string => `_INBOX_${service.replaceAll(/[^A-Za-z0-9]/g, '_')}`;

const connectionOptions = (settings: NatsSettings): NodeConnectionOptions => ({
  servers: settings.url.split(',').map((url) => url.trim()),
  name: settings.name,
  inboxPrefix: inboxPrefixOf(settings.name),
  maxReconnectAttempts: -1,
  reconnectTimeWait: 100,
  reconnectJitter: 50,
  timeout: HANDSHAKE_MS,
  pingInterval: 20_000,
  maxPingOut: 2,
  ignoreAuthErrorAbort: true,
  noAsyncTraces: true, // a stack for every request, in case that it fails: a seventh of the time of a busy ingest
  ...(settings.user === undefined ? {} : { user: settings.user }),
  ...(settings.password === undefined ? {} : { pass: settings.password }),
  ...(settings.caFile === undefined ? {} : { tls: { ca: readFileSync(settings.caFile, 'utf8') } }),
});

/** Connects, and from then on never gives up: a server that is away is waited for. @throws when it cannot be reached now */
export const connectToNats = async (settings: NatsSettings): Promise<NatsConnection> => {
  for (let tries = 1; ; tries += 1)
    try {
      return await connect(connectionOptions(settings));
    } catch (error) {
      if (!(error instanceof errors.TimeoutError) || tries === FIRST_TRIES) throw error;
    }
};
