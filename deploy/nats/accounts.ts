import { BUCKETS, type ServiceName } from '#events';
import { inboxPrefixOf } from '#jetstream';
import {
  countsChunks,
  draws,
  durables,
  follows,
  gets,
  getsEntries,
  keepsBlobs,
  looksAt,
  looksUpBlobs,
  merged,
  publishes,
  purgesBlobs,
  readsBlobs,
  readsBucket,
  setsUp,
  subscribes,
  writesBlobs,
  type Rights,
} from './rights.js';

export type NatsUser = ServiceName | 'setup';

/** The rights of each service: what DESIGN section 1 says that it consumes and publishes. */
const rightsOf = (pools: readonly string[]): Readonly<Record<NatsUser, readonly Rights[]>> => {
  const own = (service: ServiceName) => durables(pools).filter((spec) => spec.service === service);
  return {
    ingest: [publishes('webhooks.github.*'), looksAt('WEBHOOKS'), readsBlobs, writesBlobs],
    planner: [
      publishes('delivery.*', 'request.*', 'repo.*', 'group.*.*', 'build.*.plan', 'build.*.job.*', 'cancel.*'),
      publishes(...pools.map((pool) => `queue.${pool}`)),
      draws(own('planner')),
      gets('EVENTS'),
      follows('EVENTS', own('planner')),
      readsBucket(BUCKETS.runners),
      getsEntries(BUCKETS.runners),
      readsBucket(BUCKETS.leases),
      publishes(`$KV.${BUCKETS.leases}.*`),
      readsBlobs,
      writesBlobs,
    ],
    runner: [
      publishes('build.*.job.*', 'logs.*.*.*.*'),
      subscribes('cancel.*'),
      draws(own('runner')),
      gets('EVENTS', 'LOGS'),
      readsBucket(BUCKETS.runners),
      getsEntries(BUCKETS.runners),
      publishes(`$KV.${BUCKETS.runners}.*`),
      readsBlobs,
      writesBlobs,
      keepsBlobs(BUCKETS.artifacts), // ended by their age alone
      keepsBlobs(BUCKETS.caches),
      purgesBlobs(BUCKETS.caches),
    ],
    'log-shipper': [publishes('build.*.log.*'), draws(own('log-shipper')), gets('EVENTS', 'LOGS'), readsBlobs],
    notifier: [publishes('build.*.notice'), draws(own('notifier')), gets('EVENTS'), readsBlobs],
    viewer: [
      publishes('requests.*'),
      gets('EVENTS', 'LOGS'),
      follows('EVENTS'),
      follows('LOGS'),
      readsBucket(BUCKETS.runners),
      getsEntries(BUCKETS.leases),
      readsBlobs,
      looksUpBlobs(BUCKETS.artifacts),
      countsChunks(BUCKETS.artifacts),
    ],
    setup: [setsUp(pools)],
  };
};

/** What every user may do. */
const common = (user: NatsUser): Rights => ({
  publish: ['$JS.API.INFO', ...(user === 'setup' ? [] : [`dead.${user}`])],
  subscribe: [`${inboxPrefixOf(user)}.>`],
});

const list = (subjects: readonly string[]): string =>
  `[\n${[...subjects]
    .sort()
    .map((text) => `          "${text}"`)
    .join('\n')}\n        ]`;

const passwordVariable = (user: NatsUser): string => `NATS_${user.replaceAll('-', '_').toUpperCase()}_PASSWORD`;

const userBlock = (user: NatsUser, rights: Required<Rights>): string => {
  const deny = rights.deny.length > 0 ? `\n        deny: ${list(rights.deny)}` : '';
  return `    {
      user: "${user}"
      password: $${passwordVariable(user)}
      permissions: {
        publish: { allow: ${list(rights.publish)}${deny} }
        subscribe: { allow: ${list(rights.subscribe)} }
      }
    }`;
};

/** The text of `accounts.conf`: one user for each service, with just its own subjects. Passwords come from the environment. */
export const natsAccounts = (pools: readonly string[]): string => {
  const users = Object.entries(rightsOf(pools)) as [NatsUser, readonly Rights[]][];
  const blocks = users.map(([user, rights]) => userBlock(user, merged(common(user), ...rights)));
  return `# Made by apps/setup/src/print-accounts.ts: change deploy/nats/accounts.ts, not this file.
# Pools: ${pools.join(', ')}
accounts: {
  CAIRN: {
    jetstream: enabled
    users: [
${blocks.join('\n')}
    ]
  }
}
`;
};
