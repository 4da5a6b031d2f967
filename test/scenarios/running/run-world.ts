import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { loadConfig } from '#config';
import type { BuildView } from '#domain';
import { CONSUMERS, subjects, ticketsOf, WEBHOOK_HEADERS, type PersonRequest } from '#events';
import {
  connectToNats,
  DEFAULT_STREAM_SETTINGS,
  MessagePublisher,
  setUpJetStream,
  type RunningService,
} from '#jetstream';
import { DEFAULT_EVENTS, storeSecret } from '#secrets';
import { eventually, startNats, type TestNats } from '#testing';
import { PlannerConfig } from '../../../apps/planner/src/planner.config.js';
import { startPlanner } from '../../../apps/planner/src/start-planner.js';
import type { Executor } from '../../../apps/runner/src/executor/index.js';
import { RunnerConfig } from '../../../apps/runner/src/runner.config.js';
import { startRunner } from '../../../apps/runner/src/start-runner.js';
import { createGitFixture, type GitFixture } from '../../fakes/github/index.js';
import { BuildFeed } from './build-feed.js';
import type { RunScenario } from './run-scenario.js';
import { StagedExecutor } from './staged-executor.js';
import { webhookFor, type Commit } from './webhook-for.js';

const OVER: ReadonlySet<string> = new Set(['passed', 'failed', 'cancelled', 'rejected']);
/** Bounds a test that hangs. */
const LIMIT_MS = 50_000;

type Wish = PersonRequest extends infer R ? (R extends R ? Omit<R, 'id' | 'at' | 'actor'> : never) : never;

/** A repository of a scenario. */
export type Repo = Readonly<{ id: number; name: string; git: GitFixture }>;

/** A real nats-server, a real planner, and a real runner whose places are those of `makeExecutor`, for many scenarios at once. */
export class RunWorld {
  /** One at a time may change the file of secrets. */
  #stored = Promise.resolve();

  private constructor(
    private readonly directory: string,
    private readonly nats: TestNats,
    private readonly nc: NatsConnection,
    readonly feed: BuildFeed,
    private readonly publisher: MessagePublisher,
    readonly staged: StagedExecutor,
    private readonly services: readonly RunningService[],
  ) {}

  static async open(
    makeExecutor: (directory: string) => Executor,
    how: 'scripted' | 'shell',
    settings: Readonly<Record<string, string>> = {},
  ): Promise<RunWorld> {
    const nats = await startNats();
    const nc = await connectToNats({ url: nats.url, name: 'test' });
    const directory = await mkdtemp(join(tmpdir(), 'cairn-run-'));
    const consumers = Object.values(CONSUMERS).filter(({ service }) => service === 'planner');
    await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, [...consumers, ticketsOf('default')]);
    const environment = {
      ...{ CAIRN_NATS_URL: nats.url, CAIRN_DATA_DIR: directory, CAIRN_GIT_ROOT: join(directory, 'git') },
      ...{ CAIRN_REPOS: 'octo/*', CAIRN_EXECUTOR: 'docker', CAIRN_LOG_LEVEL: 'error', CAIRN_DISK_MINIMUM: '0' },
      ...{ CAIRN_CANCEL_GRACE: '1', CAIRN_CLEAN_UP_LIMIT: '2', CAIRN_STOP_GRACE: '0' },
      PATH: process.env['PATH'],
      ...settings,
    };
    const staged = new StagedExecutor(makeExecutor(join(directory, 'places')), how);
    const services = [
      await startPlanner(loadConfig(PlannerConfig, environment)),
      await startRunner(loadConfig(RunnerConfig, environment), { engine: staged }),
    ];
    const feed = await BuildFeed.open(nc);
    return new RunWorld(directory, nats, nc, feed, new MessagePublisher(nc), staged, services);
  }

  async close(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
    await this.feed.close();
    await this.nc.close();
    await this.nats.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** A repository with the scenario's files, secrets and roles. */
  async repository(id: number, scenario: RunScenario): Promise<Repo> {
    const name = `octo/case-${id}`;
    const git = await createGitFixture(join(this.directory, 'git', name));
    await git.git('config', 'cairn.repoId', String(id));
    this.staged.scenarios.set(name, scenario);
    const storing = this.#stored.then(() => this.store(name, scenario.secrets));
    this.#stored = storing.catch(() => undefined);
    await storing;
    return { id, name, git };
  }

  private async store(repo: string, secrets: RunScenario['secrets'] = []): Promise<void> {
    for (const { events = DEFAULT_EVENTS, ...secret } of secrets)
      await storeSecret(join(this.directory, 'secrets.json'), { ...secret, repo, events });
  }

  /** What a webhook for this commit led to: the build's id, or why there is none. */
  async deliver(commit: Commit): Promise<Readonly<{ build: string } | { ignored: string }>> {
    const guid = randomUUID();
    const { event, payload } = webhookFor(commit);
    const headers = { [WEBHOOK_HEADERS.delivery]: guid, [WEBHOOK_HEADERS.event]: event };
    await this.publisher.publish(subjects.webhook(event), JSON.stringify(payload), { headers });
    const answer = await this.answer(subjects.delivery(guid));
    if (answer.type === 'DeliveryIgnored') return { ignored: answer.data.reason };
    if (answer.type === 'DeliveryAccepted' && answer.data.decision?.kind === 'build')
      return { build: answer.data.decision.buildId };
    throw new Error(`a delivery led to ${JSON.stringify(answer)}`);
  }

  /** What a person asks for; the build that it leads to, if any. */
  async ask(wish: Wish): Promise<string | undefined> {
    const id = randomUUID();
    const request = { id, at: new Date().toISOString(), actor: { kind: 'token', id: 'admin', name: 'ada' }, ...wish };
    await this.publisher.publish(subjects.requests(wish.kind), JSON.stringify(request));
    const answer = await this.answer(subjects.request(id));
    if (answer.type !== 'RequestAccepted') throw new Error(`a request led to ${JSON.stringify(answer)}`);
    return answer.data.decision?.kind === 'build' ? answer.data.decision.buildId : undefined;
  }

  /** Until the build, and all that is said of its jobs, is over. */
  async finished(id: string): Promise<BuildView> {
    const view = await eventually(
      () => this.feed.build(id),
      (build) => build !== undefined && OVER.has(build.status),
      LIMIT_MS,
    );
    return view as BuildView;
  }

  private async answer(subject: string) {
    const event = await eventually(
      () => this.feed.first(subject),
      (found) => found !== undefined,
      LIMIT_MS,
    );
    return event as NonNullable<typeof event>;
  }
}
