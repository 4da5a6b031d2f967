import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import { connectToNats, type NatsSettings } from '#jetstream';
import { startNats, type TestNats } from '#testing';

export const ACCOUNTS_FILE = new URL('../../deploy/nats/accounts.conf', import.meta.url);

export const SERVICES = ['ingest', 'planner', 'runner', 'log-shipper', 'notifier', 'viewer'] as const;
export const USERS = [...SERVICES, 'setup'] as const;
export type User = (typeof USERS)[number];

/** A server that knows the users of `deploy/nats/accounts.conf`, each with a password made here. */
export type NatsWithUsers = Readonly<{
  nats: TestNats;
  settings: (user: User) => NatsSettings & { password: string };
  /** The NATS part of a service's settings. */
  environment: (user: User) => Record<string, string>;
}>;

const passwordVariable = (user: User): string => `NATS_${user.replaceAll('-', '_').toUpperCase()}_PASSWORD`;

export const startNatsWithUsers = async (): Promise<NatsWithUsers> => {
  const passwords = new Map(USERS.map((user) => [user, randomBytes(12).toString('hex')]));
  const variables = USERS.map((user) => `${passwordVariable(user)}: "${passwords.get(user)}"`);
  const nats = await startNats([...variables, await readFile(ACCOUNTS_FILE, 'utf8')].join('\n'));
  return {
    nats,
    environment: (user) => ({
      CAIRN_NATS_URL: nats.url,
      CAIRN_NATS_USER: user,
      CAIRN_NATS_PASSWORD: passwords.get(user) ?? '',
    }),
    settings: (user) => ({ url: nats.url, name: user, user, password: passwords.get(user) ?? '' }),
  };
};

/** What the server refused on this connection so far, as `publish <subject>` or `subscription <subject>`. */
export type Watched = Readonly<{ nc: NatsConnection; refused: () => Promise<readonly string[]> }>;

export const watch = (nc: NatsConnection): Watched => {
  const seen: string[] = [];
  void (async () => {
    for await (const status of nc.status())
      if (status.type === 'error' && status.error instanceof errors.PermissionViolationError)
        seen.push(`${status.error.operation} ${status.error.subject}`);
  })();
  return {
    nc,
    refused: async () => {
      await nc.flush(); // the server answers in order: what it refused has been said before it answers the ping
      await turn();
      return seen;
    },
  };
};

export const connectAs = async ({ settings }: NatsWithUsers, user: User): Promise<Watched> =>
  watch(await connectToNats(settings(user)));
