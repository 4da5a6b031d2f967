import { loadConfig } from '#config';
import { CONSUMERS, ticketsOf } from '#events';
import { connectToNats, inboxPrefixOf } from '#jetstream';
import { setUp } from '../../apps/setup/src/set-up.js';
import { SetupConfig } from '../../apps/setup/src/setup.config.js';
import { SERVICES, USERS, connectAs, startNatsWithUsers, type NatsWithUsers, type User } from './nats-users.js';

const GUID = '00000000-0000-4000-8000-000000000001';
const B = '000000001abcdefabcdef';
const WRITE_BLOBS: User[] = ['ingest', 'planner', 'runner'];
const FOLLOW_EVENTS: User[] = ['planner', 'viewer'];
const LOAD_EVENTS: User[] = ['planner', 'runner', 'log-shipper', 'notifier', 'viewer'];

/** Subject → who may publish on it. Written by hand: it is what the generated rights are held against. */
const PUBLISH: readonly (readonly [string, readonly User[]])[] = [
  ['webhooks.github.push', ['ingest']],
  ['webhooks.other.push', []],
  ['requests.cancel', ['viewer']],
  [`delivery.${GUID}`, ['planner']],
  [`request.${GUID}`, ['planner']],
  ['repo.gh-1', ['planner']],
  ['group.gh-1.0123456789abcdef', ['planner']],
  [`build.${B}.plan`, ['planner']],
  [`build.${B}.job.test`, ['planner', 'runner']],
  [`build.${B}.log.test`, ['log-shipper']],
  [`build.${B}.notice`, ['notifier']],
  [`build.${B}`, []],
  [`build.${B}.other`, []],
  ['queue.default', ['planner']],
  ['queue.another', []],
  [`cancel.${B}`, ['planner']],
  [`logs.${B}.test.1.0`, ['runner']],
  ['$KV.RUNNERS.one', ['runner']],
  ['$KV.LEASES.admission', ['planner']],
  ['$O.BLOBS.C.nuid', WRITE_BLOBS],
  ['$O.BLOBS.M.bmFtZQ==', WRITE_BLOBS],
  ...['ARTIFACTS', 'CACHES'].flatMap(
    (bucket) =>
      [
        [`$O.${bucket}.C.nuid`, ['runner']],
        [`$O.${bucket}.M.bmFtZQ==`, ['runner']],
        [`$JS.API.CONSUMER.CREATE.OBJ_${bucket}.random_1`, []],
      ] as [string, User[]][],
  ),
  ['$JS.API.DIRECT.GET.OBJ_ARTIFACTS', ['runner', 'viewer']],
  ['$JS.API.DIRECT.GET.OBJ_CACHES', ['runner']],
  ['$JS.API.STREAM.PURGE.OBJ_CACHES', ['runner']],
  ['$JS.API.STREAM.PURGE.OBJ_ARTIFACTS', []],
  ['$JS.API.STREAM.DELETE.OBJ_ARTIFACTS', []],
  ['$JS.API.STREAM.MSG.DELETE.OBJ_ARTIFACTS', []],
  ['$JS.API.STREAM.DELETE.OBJ_CACHES', []],
  ...SERVICES.map((service) => [`dead.${service}`, [service]] as const),
  ['dead.other', []],
  ...USERS.map((user) => [`${inboxPrefixOf(user)}.forged`, []] as const),
  ['_INBOX.forged', []],
  ['anything.else', []],
  ['$SYS.REQ.SERVER.PING', []],

  ['$JS.API.INFO', USERS],
  ...['WEBHOOKS', 'EVENTS', 'QUEUE', 'REQUESTS', 'LOGS', 'DEAD', 'KV_RUNNERS', 'KV_LEASES', 'OBJ_BLOBS'].flatMap(
    (stream) =>
      [
        [`$JS.API.STREAM.CREATE.${stream}`, ['setup']],
        [`$JS.API.STREAM.UPDATE.${stream}`, ['setup']],
        ...['DELETE', 'PURGE', 'MSG.DELETE', 'SNAPSHOT', 'RESTORE', 'LEADER.STEPDOWN', 'PEER.REMOVE'].map(
          (verb) => [`$JS.API.STREAM.${verb}.${stream}`, []] as const,
        ),
        [`$JS.API.CONSUMER.DURABLE.CREATE.${stream}.mine`, []],
        [`$JS.API.CONSUMER.CREATE.${stream}`, []],
        [`$JS.API.CONSUMER.LIST.${stream}`, []],
        [`$JS.API.CONSUMER.NAMES.${stream}`, []],
      ] as [string, User[]][],
  ),
  ['$JS.API.STREAM.CREATE.OTHER', []],
  ['$JS.API.STREAM.LIST', []],
  ['$JS.API.STREAM.NAMES', []],
  ['$JS.API.ACCOUNT.PURGE.CAIRN', []],
  ['$JS.API.STREAM.INFO.DEAD', ['setup']],
  ['$JS.API.STREAM.INFO.WEBHOOKS', ['ingest', 'setup']],

  ['$JS.API.STREAM.MSG.GET.EVENTS', []],
  ['$JS.API.STREAM.MSG.GET.KV_LEASES', []],
  ['$JS.API.STREAM.MSG.GET.KV_RUNNERS', []],
  ['$JS.API.DIRECT.GET.EVENTS', LOAD_EVENTS],
  [`$JS.API.DIRECT.GET.EVENTS.build.${B}.plan`, LOAD_EVENTS],
  ['$JS.API.DIRECT.GET.LOGS', ['runner', 'log-shipper', 'viewer']],
  ['$JS.API.DIRECT.GET.KV_RUNNERS.$KV.RUNNERS.one', ['planner', 'runner']],
  ['$JS.API.DIRECT.GET.KV_RUNNERS', []],
  ...['WEBHOOKS', 'QUEUE', 'REQUESTS', 'DEAD'].map((stream) => [`$JS.API.DIRECT.GET.${stream}`, []] as const),

  ['$JS.API.CONSUMER.CREATE.EVENTS.random_1', FOLLOW_EVENTS],
  ['$JS.API.CONSUMER.CREATE.EVENTS.random_1.build.>', FOLLOW_EVENTS],
  ['$JS.API.CONSUMER.MSG.NEXT.EVENTS.random_1', FOLLOW_EVENTS],
  ['$JS.API.CONSUMER.DELETE.EVENTS.random_1', FOLLOW_EVENTS],
  ['$JS.API.CONSUMER.CREATE.LOGS.random_1.logs.>', ['viewer']],
  ['$JS.API.CONSUMER.CREATE.KV_RUNNERS.random_1.$KV.RUNNERS.>', ['planner', 'runner', 'viewer']],
  ['$JS.API.CONSUMER.CREATE.KV_LEASES.random_1.$KV.LEASES.>', ['planner']],
  ...['WEBHOOKS', 'QUEUE', 'REQUESTS', 'DEAD'].flatMap((stream) => [
    [`$JS.API.CONSUMER.CREATE.${stream}.random_1`, []] as const,
    [`$JS.API.CONSUMER.MSG.NEXT.${stream}.random_1`, []] as const,
  ]),
  ...[...Object.values(CONSUMERS), ticketsOf('default')].flatMap(
    ({ service, stream, durable, subject }) =>
      [
        [`$JS.API.CONSUMER.INFO.${stream}.${durable}`, [service]],
        [`$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`, [service]],
        [`$JS.ACK.${stream}.${durable}.1.1.1.1.0`, [service]],
        [`$JS.API.CONSUMER.CREATE.${stream}.${durable}.${subject}`, ['setup']],
        [`$JS.API.CONSUMER.CREATE.${stream}.${durable}`, []],
        [`$JS.API.CONSUMER.DURABLE.CREATE.${stream}.${durable}`, []],
        [`$JS.API.CONSUMER.DELETE.${stream}.${durable}`, []],
      ] as [string, User[]][],
  ),
  ['$JS.API.CONSUMER.MSG.NEXT.QUEUE.runner-another', []],
];

/** Subject → who may subscribe to it. */
const SUBSCRIBE: readonly (readonly [string, readonly User[]])[] = [
  ...['>', '*', 'build.>', 'logs.>', 'queue.>', 'requests.>', 'webhooks.>', 'dead.>', '_INBOX.>'].map(
    (subject) => [subject, []] as const,
  ),
  ...['$JS.>', '$JS.API.>', '$JS.EVENT.>', '$JS.ACK.>', '$KV.>', '$O.>', '$SYS.>'].map(
    (subject) => [subject, []] as const,
  ),
  ['cancel.*', ['runner']],
  ['cancel.>', ['runner']], // nats-server takes `>` for a token that `*` matches; nothing is published deeper
  [`cancel.${B}`, ['runner']],
  ...USERS.map((user) => [`${inboxPrefixOf(user)}.>`, [user]] as const),
  ['_INBOX_*.>', []],
];

const allowedTo = (table: readonly (readonly [string, readonly User[]])[], user: User): string[] =>
  table.flatMap(([subject, users]) => (users.includes(user) ? [subject] : []));
const refusedTo = (table: readonly (readonly [string, readonly User[]])[], user: User): string[] =>
  table.flatMap(([subject, users]) => (users.includes(user) ? [] : [subject]));

describe.each(USERS)('the NATS user %s', (user) => {
  let server: NatsWithUsers;

  beforeAll(async () => {
    server = await startNatsWithUsers();
    await setUp(loadConfig(SetupConfig, server.environment('setup')), () => undefined);
  });
  afterAll(() => server.nats.stop());

  it('publishes on what is its own, and is refused on all else', async () => {
    const { nc, refused } = await connectAs(server, user);
    for (const [subject] of PUBLISH) nc.publish(subject);
    expect([...(await refused())].sort()).toEqual(
      refusedTo(PUBLISH, user)
        .map((subject) => `publish ${subject}`)
        .sort(),
    );
    expect(allowedTo(PUBLISH, user)).not.toEqual([]);
    await nc.close();
  });

  it('subscribes to its own inbox, and is refused on all else', async () => {
    const { nc, refused } = await connectAs(server, user);
    for (const [subject] of SUBSCRIBE) nc.subscribe(subject, { callback: () => undefined });
    expect([...(await refused())].sort()).toEqual(
      refusedTo(SUBSCRIBE, user)
        .map((subject) => `subscription ${subject}`)
        .sort(),
    );
    await nc.close();
  });

  it('is not let in with the password of another, or with none', async () => {
    const settings = server.settings(user);
    const other = USERS.find((name) => name !== user) ?? 'setup';
    for (const password of [server.settings(other).password, ''])
      await expect(connectToNats({ ...settings, password })).rejects.toThrow(/authorization/i);
    const { user: _, password: __, ...anonymous } = settings;
    await expect(connectToNats(anonymous)).rejects.toThrow(/authorization/i);
  });
});
