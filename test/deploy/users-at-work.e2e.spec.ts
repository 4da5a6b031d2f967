import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { loadConfig } from '#config';
import { NATS, type RunningService } from '#jetstream';
import { eventually } from '#testing';
import { IngestConfig } from '../../apps/ingest/src/ingest.config.js';
import { startIngest } from '../../apps/ingest/src/start-ingest.js';
import { LogShipperConfig } from '../../apps/log-shipper/src/log-shipper.config.js';
import { startLogShipper } from '../../apps/log-shipper/src/start-log-shipper.js';
import { NotifierConfig } from '../../apps/notifier/src/notifier.config.js';
import { startNotifier } from '../../apps/notifier/src/start-notifier.js';
import { PlannerConfig } from '../../apps/planner/src/planner.config.js';
import { startPlanner } from '../../apps/planner/src/start-planner.js';
import { RunnerConfig } from '../../apps/runner/src/runner.config.js';
import { startRunner } from '../../apps/runner/src/start-runner.js';
import { setUp } from '../../apps/setup/src/set-up.js';
import { SetupConfig } from '../../apps/setup/src/setup.config.js';
import { startViewer } from '../../apps/viewer/src/start-viewer.js';
import { ViewerConfig } from '../../apps/viewer/src/viewer.config.js';
import {
  createGitFixture,
  pushPayload,
  signedDelivery,
  startFakeGitHub,
  type FakeGitHub,
} from '../fakes/github/index.js';
import { connectAs, startNatsWithUsers, watch, type NatsWithUsers, type User, type Watched } from './nats-users.js';

const SECRET = 'the secret of these tests';
const TOKEN = 'the admin token of these tests';
const REPO = { id: 7, name: 'ada/stones', defaultBranch: 'main' };
const SPEC = 'jobs:\n  hello:\n    steps:\n      - echo hello\n';

describe('every service on its own NATS user', () => {
  const services: (RunningService & { readonly url?: string })[] = [];
  const watched = new Map<User, Watched>();
  let server: NatsWithUsers;
  let directory: string;
  let github: FakeGitHub;
  let sha: string;
  let viewerUrl: string;
  let ingestUrl: string;

  const keep = <T extends RunningService>(user: User, service: T): T => {
    services.push(service);
    watched.set(user, watch(service.get<NatsConnection>(NATS)));
    return service;
  };
  const settings = <T extends object>(type: new () => T, user: User, more: Record<string, string> = {}): T =>
    loadConfig(type, {
      ...server.environment(user),
      CAIRN_LOG_LEVEL: 'error',
      CAIRN_DATA_DIR: join(directory, user),
      CAIRN_LOG_DIR: join(directory, 'logs'),
      CAIRN_GITHUB_URL: github.url,
      CAIRN_GITHUB_TOKEN: 'a-token',
      CAIRN_REPOS: REPO.name,
      PATH: '/usr/local/bin:/usr/bin:/bin',
      ...more,
    });
  const api = async (method: 'GET' | 'POST', path: string): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    return (await (await fetch(`${viewerUrl}${path}`, { method, headers })).json()) as Record<string, unknown>;
  };

  beforeAll(async () => {
    server = await startNatsWithUsers();
    directory = await mkdtemp(join(tmpdir(), 'cairn-users-'));
    const fixture = await createGitFixture(join(directory, 'source'));
    sha = await fixture.commit({ '.cairn.yml': SPEC });
    github = await startFakeGitHub({ repos: [{ ...REPO, dir: fixture.gitDir }] });
    await setUp(settings(SetupConfig, 'setup'), () => undefined);
    const web = { CAIRN_HTTP_PORT: '0', CAIRN_ADMIN_TOKEN: TOKEN };
    viewerUrl = keep('viewer', await startViewer(settings(ViewerConfig, 'viewer', web))).url;
    keep('planner', await startPlanner(settings(PlannerConfig, 'planner')));
    keep('runner', await startRunner(settings(RunnerConfig, 'runner', { CAIRN_EXECUTOR: 'host' })));
    keep('log-shipper', await startLogShipper(settings(LogShipperConfig, 'log-shipper')));
    keep('notifier', await startNotifier(settings(NotifierConfig, 'notifier')));
    const intake = { CAIRN_WEBHOOK_PORT: '0', CAIRN_WEBHOOK_SECRET: SECRET };
    ingestUrl = keep('ingest', await startIngest(settings(IngestConfig, 'ingest', intake))).url;
  });
  afterAll(async () => {
    await Promise.all(services.map((service) => service.stop()));
    await github.close();
    await server.nats.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('a signed push becomes a finished build, and the server refuses nobody anything', async () => {
    const payload = pushPayload({ repo: REPO, ref: 'refs/heads/main', after: sha });
    const { headers, body } = signedDelivery({ event: 'push', payload, secret: SECRET });
    const sent = { method: 'POST', headers, body: new Uint8Array(body) };
    expect((await fetch(`${ingestUrl}/webhooks/github`, sent)).status).toBe(202);

    const { items } = await eventually(
      () => api('GET', '/api/builds'),
      (list) => (list['items'] as { status: string }[])[0]?.status === 'passed',
    );
    const [build] = items as { id: string }[];
    await api('POST', `/api/builds/${build?.id}/rerun`); // a request, whatever comes of it
    await eventually(
      () => github.state.statuses.get(sha)?.map(({ state }) => state),
      (states) => states?.at(-1) === 'success',
    );
    const reader = await connectAs(server, 'planner');
    const jsm = await jetstreamManager(reader.nc, { checkAPI: false });
    for (const subject of [`build.${build?.id}.log.hello`, `build.${build?.id}.notice`])
      await eventually(
        () => jsm.direct.getMessage('EVENTS', { last_by_subj: subject }),
        (message) => message !== null,
      );
    await reader.nc.close();
    for (const [user, { refused }] of watched) expect([user, ...(await refused())]).toEqual([user]);
  });
});
