import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { loadConfig } from '#config';
import { buildId, CONSUMERS, subjects, type NoticeEvent, type PlanEvent } from '#events';
import {
  connectToNats,
  DEFAULT_STREAM_SETTINGS,
  JetStreamEventStore,
  MessagePublisher,
  setUpJetStream,
  type RunningService,
} from '#jetstream';
import { eventually, startNats, type TestNats } from '#testing';
import {
  answers,
  createGitFixture,
  drops,
  secondaryRateLimit,
  startFakeGitHub,
} from '../../../test/fakes/github/index.js';
import type { FakeGitHub, GitFixture } from '../../../test/fakes/github/index.js';
import { storyOf } from './build-story.builder.js';
import { NotifierConfig } from './notifier.config.js';
import { startNotifier } from './start-notifier.js';

const TOKEN = 'a-token-of-the-tests';
const STATUSES = /^POST .*\/statuses\//;

describe('notifier', () => {
  let nats: TestNats;
  let nc: NatsConnection;
  let store: JetStreamEventStore;
  let directory: string;
  let git: GitFixture;
  let github: FakeGitHub;
  let running: RunningService[] = [];
  let builds = 0;

  const start = async (environment: Record<string, string> = {}): Promise<RunningService> => {
    const service = await startNotifier(
      loadConfig(NotifierConfig, {
        ...{ CAIRN_NATS_URL: nats.url, CAIRN_LOG_LEVEL: 'error', CAIRN_NOTIFIER_RETRY_SECONDS: '1' },
        ...{ CAIRN_GITHUB_URL: github.url, CAIRN_GITHUB_TOKEN: TOKEN, CAIRN_PUBLIC_URL: 'https://ci.example.org/' },
        ...environment,
      }),
    );
    running.push(service);
    return service;
  };

  /** A build of a commit of its own. */
  const build = async (repo = 'acme/app') => {
    builds += 1;
    const id = buildId(await store.lastSequence(), `build ${builds}`);
    const sha = await git.commit({}, `commit ${builds}`);
    const tell = async (...events: readonly PlanEvent[]): Promise<void> => {
      const { revision } = await store.load(subjects.plan(id));
      await store.append(subjects.plan(id), events, revision);
    };
    return {
      id,
      tell,
      story: storyOf({ buildId: id, sha, repo }),
      states: (): string[] => (github.state.statuses.get(sha) ?? []).map(({ state }) => state),
      statuses: () => github.state.statuses.get(sha) ?? [],
      notices: async (): Promise<string[]> => {
        const { events } = await store.load<NoticeEvent>(subjects.notice(id));
        return events.map(({ type, data }) => `${type} ${data.state}`);
      },
      requests: (): number => github.state.requests.filter(({ url }) => url.endsWith(sha)).length,
    };
  };

  /** Nothing is left to deliver, and nothing waits for an acknowledgement. */
  const allHandled = () =>
    eventually(
      async () => (await jetstreamManager(nc)).consumers.info('EVENTS', CONSUMERS.notifierBuilds.durable),
      ({ num_pending, num_ack_pending }) => num_pending === 0 && num_ack_pending === 0,
    );

  beforeAll(async () => {
    nats = await startNats();
    nc = await connectToNats({ url: nats.url, name: 'test' });
    store = new JetStreamEventStore(nc, new MessagePublisher(nc));
    await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, [CONSUMERS.notifierBuilds]);
    directory = await mkdtemp(join(tmpdir(), 'cairn-notifier-'));
    git = await createGitFixture(join(directory, 'app'));
  });

  beforeEach(async () => {
    const repo = { id: 1, name: 'acme/app', defaultBranch: 'main', dir: git.gitDir };
    github = await startFakeGitHub({ repos: [repo], token: TOKEN });
  });

  afterEach(async () => {
    await Promise.all(running.map((service) => service.stop()));
    running = [];
    await github.close();
    expect(github.state.violations).toEqual([]);
  });

  afterAll(async () => {
    await nc.close();
    await nats.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('shows a build as pending, then how it ended, with a link', async () => {
    await start();
    const { id, tell, story, states, statuses, notices } = await build();
    await tell(story.requested(), story.planned('test'));
    await eventually(states, (seen) => seen.includes('pending'));
    await tell(story.settled('test', 'failed', { kind: 'step', message: 'step 1 ended with code 2' }));
    await tell(story.finished('failed'));
    await eventually(states, (seen) => seen.includes('failure'));
    expect(states()).toEqual(['pending', 'failure']);
    expect(statuses().at(-1)).toMatchObject({
      context: 'cairn',
      description: 'job `test` failed: step 1 ended with code 2',
      target_url: `https://ci.example.org/builds/${id}/jobs/test`,
    });
    await allHandled();
    expect(await notices()).toEqual(['NotificationSent pending', 'NotificationSent failure']);
  });

  it.each([
    ['breaks off', 4, drops],
    ['fails', 4, answers(502)],
    ['sets a limit', 1, secondaryRateLimit(3)],
    ['limits by time', 1, answers(429, { 'retry-after': '3' })],
  ])(
    'catches up when GitHub %s for a while',
    async (_, times, fault) => {
      github.fail(times, fault, STATUSES);
      await start();
      const { tell, story, states } = await build();
      await tell(story.requested(), story.planned('test'), story.finished('passed'));
      await eventually(states, (seen) => seen.at(-1) === 'success');
      await allHandled();
      expect(states().at(-1)).toBe('success');
    },
    60_000,
  );

  it('records what GitHub refuses once, and shows the end when that is repaired', async () => {
    await start();
    const { tell, story, states, notices, requests } = await build('acme/later');
    await tell(story.requested(), story.finished('passed'));
    await eventually(requests, (number) => number >= 4);
    expect((await notices()).filter((notice) => notice === 'NotificationFailed success')).toHaveLength(1);
    github.state.repos.set('acme/later', { id: 2, name: 'acme/later', defaultBranch: 'main', dir: git.gitDir });
    await eventually(states, (seen) => seen.includes('success'));
    await allHandled();
    expect((await notices()).at(-1)).toBe('NotificationSent success');
  }, 60_000);

  it('leaves no build with an older state when replicas share the work', async () => {
    await Promise.all([start(), start()]);
    const several = [await build(), await build()];
    for (const { tell, story } of several)
      await tell(story.requested(), story.planned('test'), story.settled('test', 'passed'));
    for (const { tell, story } of several) await tell(story.finished('passed'));
    await allHandled();
    expect(several.map(({ states }) => states().at(-1))).toEqual(['success', 'success']);
  }, 60_000);

  it('goes on after nats-server and itself were killed in the middle', async () => {
    const first = await start();
    const { tell, story, states } = await build();
    const release = github.hold(STATUSES);
    await tell(story.requested());
    await eventually(
      () => github.state.requests.length,
      (requests) => requests > 0,
    );
    await nats.kill();
    release();
    await nats.restart();
    await first.stop();
    running = [];
    await eventually(() => tell(story.finished('passed')).then(() => true), Boolean);
    await start();
    await eventually(states, (seen) => seen.at(-1) === 'success');
    await allHandled();
    expect(states().at(-1)).toBe('success');
  }, 90_000);

  it('takes its messages without a token, and sends nothing', async () => {
    await start({ CAIRN_GITHUB_TOKEN: '' });
    const { tell, story } = await build();
    await tell(story.requested(), story.finished('passed'));
    await allHandled();
    expect(github.state.requests).toEqual([]);
  });
});
