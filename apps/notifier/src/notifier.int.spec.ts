import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { loadConfig } from '#config';
import {
  buildId,
  CONSUMERS,
  fact,
  subjects,
  type ConsumerSpec,
  type DeliveryIgnored,
  type NoticeEvent,
  type PlanEvent,
} from '#events';
import {
  connectToNats,
  DEFAULT_STREAM_SETTINGS,
  JetStreamEventStore,
  MessagePublisher,
  setUpJetStream,
  type RunningService,
} from '#jetstream';
import { context, eventually, startNats, type TestNats } from '#testing';
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
  const allHandled = ({ durable }: ConsumerSpec = CONSUMERS.notifierBuilds) =>
    eventually(
      async () => (await jetstreamManager(nc)).consumers.info('EVENTS', durable),
      ({ num_pending, num_ack_pending }) => num_pending === 0 && num_ack_pending === 0,
    );

  beforeAll(async () => {
    nats = await startNats();
    nc = await connectToNats({ url: nats.url, name: 'test' });
    store = new JetStreamEventStore(nc, new MessagePublisher(nc));
    await setUpJetStream(nc, DEFAULT_STREAM_SETTINGS, [CONSUMERS.notifierBuilds, CONSUMERS.notifierDeliveries]);
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

  describe('a delivery that a filter kept from being built', () => {
    const detail = 'no changed file matches `on.push.paths`';
    const ignore = async (
      sha: string,
      change: Partial<DeliveryIgnored['data']> = {},
      at = new Date().toISOString(),
    ) => {
      const subject = subjects.delivery(randomUUID());
      const data = {
        event: 'push',
        repoId: 'gh-1',
        repo: 'acme/app',
        sequence: 1,
        reason: 'filtered' as const,
        detail,
      };
      const event = fact('DeliveryIgnored', 1, { ...context(subject, sha), at }, { ...data, statusOn: sha, ...change });
      await store.append(subject, [event], 0);
      return async () => {
        await allHandled(CONSUMERS.notifierDeliveries);
        return (github.state.statuses.get(sha) ?? []).map(({ state, description }) => `${state}: ${description}`);
      };
    };
    const SKIPPED = `success: skipped: ${detail}`;
    const commit = () => git.commit({}, `filtered ${randomUUID()}`);

    it('is told to its commit once, however often it comes', async () => {
      await start();
      const sha = await commit();
      const told = await ignore(sha);
      expect(await told()).toEqual([SKIPPED]);
      expect(github.state.statuses.get(sha)?.[0]).toMatchObject({
        ...{ context: 'cairn', target_url: 'https://ci.example.org/deliveries' },
      });
      expect(await (await ignore(sha))()).toEqual([SKIPPED]);
    });
    it('is not told where nothing is filtered, nor long afterwards', async () => {
      await start();
      const sha = await commit();
      const subject = { ...{ event: 'push', repoId: 'gh-1', repo: 'acme/app', sequence: 1, detail: '[skip ci]' } };
      const skip = subjects.delivery(randomUUID());
      await store.append(
        skip,
        [fact('DeliveryIgnored', 1, context(skip), { ...subject, reason: 'skip-ci' as const })],
        0,
      );
      expect(await (await ignore(sha, {}, '2020-01-01T00:00:00.000Z'))()).toEqual([]);
      expect(github.state.requests).toEqual([]);
    });
    it('leaves what a build of the same commit has said', async () => {
      await start();
      const { tell, story, states } = await build();
      await tell(story.requested(), story.finished('failed'));
      await eventually(states, (seen) => seen.at(-1) === 'failure');
      const before = states();
      await (
        await ignore(await git.git('rev-parse', 'HEAD'))
      )();
      expect(states()).toEqual(before);
    });
    it('does not cover what a build says at the same time, and a build covers it later', async () => {
      await start();
      const { tell, story, states, statuses } = await build();
      const sha = await git.git('rev-parse', 'HEAD');
      const release = github.hold(STATUSES);
      const told = await ignore(sha);
      await eventually(
        () => github.state.requests.filter(({ method }) => method === 'POST').length,
        (count) => count === 1,
      );
      const fields = { id: 1, repo: 'acme/app', sha, context: 'cairn', target_url: 'https://ci.example.org/builds/1' };
      github.state.statuses.set(sha, [
        { ...fields, state: 'error', description: 'line 3', created_at: '2026-01-01T00:00:00Z' },
      ]);
      release();
      await told();
      expect(statuses().map(({ state, description }) => `${state}: ${description}`)).toEqual([
        'error: line 3',
        SKIPPED,
        'error: line 3',
      ]);
      await tell(story.requested(), story.finished('passed'));
      await eventually(states, (seen) => seen.at(-1) === 'success');
      expect(statuses().at(-1)?.description).not.toContain('skipped');
    });
    it('waits until GitHub is back', async () => {
      await start();
      github.fail(4, drops);
      const told = await ignore(await commit());
      expect(await eventually(told, (seen) => seen.length > 0)).toEqual([SKIPPED]);
    });
    it('that GitHub refuses is given up', async () => {
      await start();
      const told = await ignore('9'.repeat(40));
      expect(await told()).toEqual([]);
    });
  });

  it('takes its messages without a token, and sends nothing', async () => {
    await start({ CAIRN_GITHUB_TOKEN: '' });
    const { tell, story } = await build();
    await tell(story.requested(), story.finished('passed'));
    await allHandled();
    expect(github.state.requests).toEqual([]);
  });
});
