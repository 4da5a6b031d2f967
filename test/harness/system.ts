import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectToNats, DEFAULT_STREAM_SETTINGS, setUpJetStream, type StreamSettings } from '#jetstream';
import { CONSUMERS, ticketsOf } from '#events';
import type { BuildView, DeliveryView } from '#domain';
import { eventually, freePort, startNats, type TestNats } from '#testing';
import { startFakeGitHub, signedDelivery, createGitFixture } from '../fakes/github/index.js';
import { cairnContainers } from './images.js';
import { serviceProcess, type ServiceProcess } from './service-process.js';

export const WEBHOOK_SECRET = 'a-webhook-secret-for-tests';
export const ADMIN_TOKEN = 'an-admin-token-for-tests';

export type ServiceKey = 'ingest' | 'planner' | 'runner' | 'log-shipper' | 'notifier' | 'viewer';
const SERVICES: readonly ServiceKey[] = ['ingest', 'planner', 'runner', 'log-shipper', 'notifier', 'viewer'];

export type SystemOptions = Readonly<{
  executor?: 'docker' | 'host';
  slots?: number;
  repos?: string;
  streams?: Partial<StreamSettings>;
  environment?: Readonly<Record<string, string>>;
  /** Services that are not started at first. */
  without?: readonly ServiceKey[];
}>;

export type System = Awaited<ReturnType<typeof startSystem>>;

/** The whole system: real nats-server, real services as processes, and the fake GitHub. */
export const startSystem = async (options: SystemOptions = {}) => {
  const directory = await mkdtemp(join(tmpdir(), 'cairn-system-'));
  const nats: TestNats = await startNats();
  const github = await startFakeGitHub({});
  const [webhookPort, viewerPort] = [await freePort(), await freePort()];
  const environment = {
    CAIRN_NATS_URL: nats.url,
    CAIRN_DATA_DIR: join(directory, 'data'),
    CAIRN_WEBHOOK_PORT: String(webhookPort),
    CAIRN_WEBHOOK_SECRET: WEBHOOK_SECRET,
    CAIRN_HTTP_PORT: String(viewerPort),
    CAIRN_ADMIN_TOKEN: ADMIN_TOKEN,
    CAIRN_GITHUB_URL: github.url,
    CAIRN_GITHUB_TOKEN: github.state.token ?? 'a-token-for-tests',
    CAIRN_REPOS: options.repos ?? 'octo/*',
    CAIRN_EXECUTOR: options.executor ?? 'host',
    CAIRN_RUNNER_SLOTS: String(options.slots ?? 4),
    CAIRN_CANCEL_GRACE: '2',
    CAIRN_DOCKER_AHEAD: '0', // most tests look whether a job leaves anything behind
    CAIRN_LOG_LEVEL: 'warn',
    ...options.environment,
  };
  await mkdir(environment.CAIRN_DATA_DIR, { recursive: true });
  const setup = await connectToNats({ url: nats.url, name: 'setup' });
  const consumers = [...Object.values(CONSUMERS), ticketsOf('default')];
  const setUp = (): Promise<void> =>
    setUpJetStream(setup, { ...DEFAULT_STREAM_SETTINGS, ...options.streams }, consumers);
  await setUp();
  const services = Object.fromEntries(
    SERVICES.map((name) => [name, serviceProcess(name, name, directory, environment)]),
  ) as Record<ServiceKey, ServiceProcess>;
  const extra: ServiceProcess[] = [];
  const clear = async (): Promise<void> => {
    await Promise.all([...extra, ...Object.values(services)].map((service) => service.kill('SIGTERM')));
    await setup.close();
    await nats.stop();
    await github.close();
  };
  const starting = SERVICES.filter((name) => !options.without?.includes(name)).map((name) => services[name].start());
  const failure = (await Promise.allSettled(starting)).find((result) => result.status === 'rejected');
  if (failure) {
    await clear();
    throw failure.reason;
  }

  const api = `http://127.0.0.1:${viewerPort}`;
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${api}${path}`);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    directory,
    nats,
    nc: setup,
    consumers,
    /** Creates what is missing, as the `setup` job does. */
    setUp,
    github,
    services,
    api,
    webhookUrl: `http://127.0.0.1:${webhookPort}/webhooks/github`,
    environment,
    get,
    /** A further replica of a service, with settings of its own. */
    replica: async (app: ServiceKey, name: string, more: Readonly<Record<string, string>>): Promise<ServiceProcess> => {
      const service = serviceProcess(name, app, directory, { ...environment, ...more });
      extra.push(service);
      await service.start();
      return service;
    },
    deliver: async (event: string, payload: unknown, guid?: string): Promise<{ status: number; guid: string }> => {
      const { headers, body } = signedDelivery({
        event,
        payload: payload as object,
        secret: WEBHOOK_SECRET,
        ...(guid === undefined ? {} : { guid }),
      });
      const response = await fetch(`http://127.0.0.1:${webhookPort}/webhooks/github`, {
        method: 'POST',
        headers: { ...headers },
        body: new Uint8Array(body),
      });
      await response.text();
      return { status: response.status, guid: headers['x-github-delivery'] ?? '' };
    },
    request: async (path: string, body?: unknown): Promise<string> => {
      const response = await fetch(`${api}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify(body ?? {}),
      });
      if (response.status !== 202) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
      return ((await response.json()) as { id: string }).id;
    },
    delivery: (guid: string): Promise<DeliveryView> =>
      eventually(
        async () =>
          (await get<{ items: DeliveryView[] }>('/api/deliveries?limit=200')).items.find(({ id }) => id === guid),
        (found) => found !== undefined,
      ) as Promise<DeliveryView>,
    build: (id: string): Promise<BuildView> => get(`/api/builds/${id}`),
    finished: (id: string, timeoutMs?: number): Promise<BuildView> =>
      eventually(
        () => get<BuildView>(`/api/builds/${id}`),
        ({ status }) => ['passed', 'failed', 'cancelled', 'rejected'].includes(status),
        timeoutMs,
      ),
    raw: async (build: string, job: string, query = 'step=1'): Promise<Buffer> => {
      const response = await fetch(`${api}/api/builds/${build}/jobs/${job}/log.txt?${query}`);
      if (!response.ok) throw new Error(`log.txt: ${response.status} ${await response.text()}`);
      return Buffer.from(await response.arrayBuffer());
    },
    /** The containers of this system's own runner. */
    containers: async (): Promise<string[]> =>
      cairnContainers((await readFile(join(environment.CAIRN_DATA_DIR, 'runner/id'), 'utf8')).trim()),
    fixture: (name: string) => createGitFixture(join(directory, 'repos', name)),
    stop: async (): Promise<void> => {
      await clear();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
