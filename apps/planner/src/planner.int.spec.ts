import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { loadConfig } from '#config';
import { groupDecider, planDecider, repoDecider, type PlanState } from '#domain';
import {
  CONSUMERS,
  WEBHOOK_HEADERS,
  subjects,
  type DeliveryEvent,
  type GroupEvent,
  type PersonRequest,
  type PlanEvent,
  type RepoEvent,
  type RequestEvent,
} from '#events';
import {
  DEFAULT_STREAM_SETTINGS,
  JetStreamEventStore,
  MessagePublisher,
  Presence,
  connectToNats,
  setUpJetStream,
  type RunningService,
} from '#jetstream';
import { context, eventually, startNats, type TestNats } from '#testing';
import {
  answers,
  createGitFixture,
  pullRequestPayload,
  pushPayload,
  startFakeGitHub,
  type FakeGitHub,
  type GitFixture,
} from '../../../test/fakes/github/index.js';
import { ApprovalExpiry } from './approval-expiry.js';
import { PlannerConfig } from './planner.config.js';
import { ScheduledRepos } from './schedule/scheduled-repos.js';
import { Schedules } from './schedule/schedules.js';
import { startPlanner } from './start-planner.js';

const identity = { id: 4711, name: 'octo/app' };
const REPO = 'gh-4711';
const FORK = { id: 9, name: 'ada/app' };
const SPEC = 'image: busybox\nsteps: [echo hello]\n';
const MAIN = 'refs/heads/main';

describe('planner', () => {
  let nats: TestNats;
  let nc: NatsConnection;
  let publisher: MessagePublisher;
  let store: JetStreamEventStore;
  let directory: string;
  let github: FakeGitHub;
  let git: GitFixture;
  let planners: RunningService[];
  let now: string;
  let app = 0;

  beforeAll(async () => {
    nats = await startNats();
    nc = await connectToNats({ url: nats.url, name: 'test' });
    publisher = new MessagePublisher(nc);
    store = new JetStreamEventStore(nc, publisher);
    directory = await mkdtemp(join(tmpdir(), 'cairn-planner-'));
    github = await startFakeGitHub();
    await setUpJetStream(
      nc,
      DEFAULT_STREAM_SETTINGS,
      Object.values(CONSUMERS).filter(({ service }) => service === 'planner'),
    );
    now = '2026-01-01T12:00:00.000Z';
    const config = loadConfig(PlannerConfig, {
      ...{ CAIRN_NATS_URL: nats.url, CAIRN_LOG_LEVEL: 'error', CAIRN_REPOS: 'octo/*' },
      CAIRN_GITHUB_URL: github.url,
    });
    planners = await Promise.all([1, 2].map(() => startPlanner(config, () => now)));
  });
  afterAll(async () => {
    await Promise.all(planners.map((planner) => planner.stop()));
    await nc.close();
    await nats.stop();
    await github.close();
    await rm(directory, { recursive: true });
    expect(github.state.violations).toEqual([]);
  });
  beforeEach(async () => {
    git = await createGitFixture(join(directory, `app-${(app += 1)}`));
    github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: git.gitDir });
    github.state.requests.length = 0;
  });

  const deliver = async (event: string, payload: unknown): Promise<DeliveryEvent> => {
    const guid = randomUUID();
    const headers = { [WEBHOOK_HEADERS.delivery]: guid, [WEBHOOK_HEADERS.event]: event };
    await publisher.publish(subjects.webhook(event), JSON.stringify(payload), { headers });
    const { events } = await eventually(
      () => store.load<DeliveryEvent>(subjects.delivery(guid)),
      (history) => history.events.length === 1,
    );
    return events[0] as DeliveryEvent;
  };
  const push = (after: string, change: Partial<Parameters<typeof pushPayload>[0]> = {}) =>
    deliver('push', pushPayload({ repo: identity, ref: MAIN, after, ...change }));
  const pull = (sha: string, baseSha: string, head: object = {}, base = 'main') =>
    deliver(
      'pull_request',
      pullRequestPayload({
        ...{ repo: identity, action: 'opened', number: 7 },
        ...{ head: { ref: 'feature', sha, ...head }, base: { ref: base, sha: baseSha } },
      }),
    );
  type Wish = PersonRequest extends infer R ? (R extends R ? Omit<R, 'id' | 'at' | 'actor'> : never) : never;
  const ask = async (wish: Wish): Promise<RequestEvent> => {
    const id = randomUUID();
    const request = { id, at: now, actor: { kind: 'token', id: 'admin', name: 'ada' }, ...wish };
    await publisher.publish(subjects.requests(wish.kind), JSON.stringify(request));
    const { events } = await eventually(
      () => store.load<RequestEvent>(subjects.request(id)),
      (history) => history.events.length === 1,
    );
    return events[0] as RequestEvent;
  };
  const planOf = async (buildId: string): Promise<PlanState> => {
    const { events } = await eventually(
      () => store.load<PlanEvent>(subjects.plan(buildId)),
      (history) => history.events.some(({ type }) => type === 'BuildPlanned' || type === 'BuildRejected'),
    );
    return events.reduce(planDecider.evolve, planDecider.initialState());
  };
  const buildOf = ({ type, data }: DeliveryEvent | RequestEvent): string => {
    expect(type).toMatch(/Accepted$/);
    return 'decision' in data && data.decision?.kind === 'build' ? data.decision.buildId : '';
  };
  const compares = (sha: string) =>
    github.state.requests.filter(({ url }) => url.includes(`/compare/`) && url.includes(sha));

  describe('a push', () => {
    const filtered = `on:\n  push:\n    branches: [main]\n    paths: ['src/**']\n${SPEC}`;

    it('is built when a changed file matches, and the plan says which rule let it', async () => {
      const before = await git.commit({ '.cairn.yml': filtered });
      const sha = await git.commit({ 'src/a.ts': 'a' });
      const { plan } = await planOf(buildOf(await push(sha, { before })));
      expect(plan).toMatchObject({ why: { runs: true, line: 2 }, jobs: [{ name: 'build' }] });
      expect(compares(sha)).toHaveLength(1);
    });
    it('is not built when none does; its commit is to be told', async () => {
      const before = await git.commit({ '.cairn.yml': filtered });
      const sha = await git.commit({ 'docs/a.md': 'a' });
      expect(await push(sha, { before })).toMatchObject({
        type: 'DeliveryIgnored',
        data: { reason: 'filtered', detail: 'no changed file matches `on.push.paths`', line: 4, statusOn: sha },
      });
    });
    it('of a new branch, or after one that is gone, matches all paths', async () => {
      const sha = await git.commit({ '.cairn.yml': filtered });
      expect(await push(sha)).toMatchObject({ type: 'DeliveryAccepted' });
      expect(compares(sha)).toHaveLength(0);
      await planOf(buildOf(await push(sha, { before: '9'.repeat(40) })));
    });
    it('of a branch that is not named asks the forge for no files', async () => {
      const sha = await git.commit({ '.cairn.yml': filtered });
      expect(await push(sha, { before: sha, ref: 'refs/heads/other' })).toMatchObject({
        data: {
          reason: 'filtered',
          detail: 'the branch `other` does not match `on.push.branches`',
          line: 3,
          statusOn: sha,
        },
      });
      expect(compares(sha)).toHaveLength(0);
    });
    it('is passed over when its message says so, and nobody is told', async () => {
      const sha = await git.commit({ '.cairn.yml': SPEC });
      const ignored = await push(sha, { message: 'Fix a word\n\n[skip ci]' });
      expect(ignored).toMatchObject({ data: { reason: 'skip-ci' } });
      expect(ignored.data).not.toHaveProperty('statusOn');
    });
    it('of what the spec does not name is no matter of checks', async () => {
      const sha = await git.commit({ '.cairn.yml': `on: [tag]\n${SPEC}` });
      const ignored = await push(sha);
      expect(ignored).toMatchObject({ data: { reason: 'filtered', line: 1 } });
      expect(ignored.data).not.toHaveProperty('statusOn');
    });
    it('skips jobs by the files that changed', async () => {
      const spec = [
        ...['image: busybox', 'jobs:', '  docs:', '    when: {paths: [docs/**]}', '    steps: [echo]'],
        ...['  code:', '    steps: [echo]'],
      ].join('\n');
      const before = await git.commit({ '.cairn.yml': spec });
      const { jobs } = await planOf(buildOf(await push(await git.commit({ 'src/a.ts': '' }), { before })));
      expect(jobs.get('docs')?.planned.why).toMatchObject({ runs: false, line: 4 });
      expect(jobs.get('docs')).toMatchObject({ byWhen: true });
    });
    it('with a spec that has faults is built to show them all, warnings too', async () => {
      const sha = await git.commit({ '.cairn.yml': 'image: busybox\nsteps: [echo]\nstesp: []\n' });
      const id = buildOf(await push(sha));
      expect(await planOf(id)).toMatchObject({ rejected: true });
      const { events } = await store.load<PlanEvent>(subjects.plan(id));
      const rejected = events.find(({ type }) => type === 'BuildRejected');
      expect(rejected?.data).toMatchObject({
        diagnostics: expect.arrayContaining([
          expect.objectContaining({ severity: 'error', line: 3 }),
          expect.objectContaining({ severity: 'warning', line: 1 }),
        ]),
      });
    });
  });

  describe('a tag', () => {
    it('is built when it is named, at the commit that it stands at', async () => {
      const sha = await git.commit({ '.cairn.yml': `on: {tag: ['v*']}\n${SPEC}` });
      const tagged = { ...pushPayload({ repo: identity, ref: 'refs/tags/v1', after: sha }), after: '5'.repeat(40) };
      const { request } = await planOf(buildOf(await deliver('push', tagged)));
      expect(request?.trigger).toMatchObject({ event: 'tag', tag: 'v1', ref: 'refs/tags/v1', sha });
      expect(await push(sha, { ref: 'refs/tags/test' })).toMatchObject({ data: { reason: 'filtered', line: 1 } });
    });
    it('is not, otherwise', async () => {
      const sha = await git.commit({ '.cairn.yml': SPEC });
      expect(await push(sha, { ref: 'refs/tags/v1' })).toMatchObject({ data: { reason: 'filtered' } });
      const faulty = await git.commit({ '.cairn.yml': 'steps: {' });
      expect(await push(faulty, { ref: 'refs/tags/v1' })).toMatchObject({ data: { reason: 'filtered' } });
    });
  });

  describe('a pull request', () => {
    const named = `on:\n  pull_request: {branches: [main], paths: ['src/**']}\n${SPEC}`;

    it('of the same repository is built by its push, unless it is named', async () => {
      const base = await git.commit({ '.cairn.yml': SPEC });
      expect(await pull(base, base)).toMatchObject({ data: { reason: 'built-by-push' } });
      const head = await git.commit({ '.cairn.yml': named, 'src/a.ts': '' });
      expect(await pull(head, base)).toMatchObject({
        data: { decision: { trigger: { event: 'pull_request', before: base, pullRequest: { fork: false } } } },
      });
    });
    it('is filtered by its base, and by what it changed since it left it', async () => {
      const base = await git.commit({ '.cairn.yml': named });
      const head = await git.commit({ 'docs/a.md': '' });
      const from = { repo: FORK };
      const without = { reason: 'filtered', line: 2, statusOn: head };
      expect(await pull(head, base, from)).toMatchObject({ data: without });
      expect(await pull(head, base, from, 'old')).toMatchObject({ data: without });
      expect(compares(head)).toHaveLength(1);
    });
  });

  describe('a manual run', () => {
    const spec = [
      ...['on:', '  manual:', '    inputs:', '      target: {type: choice, options: [staging, production]}'],
      ...['      dry: {type: boolean, default: true}', SPEC],
    ].join('\n');

    it('has the inputs that were given, and the defaults for the rest', async () => {
      await push(await git.commit({ '.cairn.yml': spec }));
      const { request } = await planOf(
        buildOf(await ask({ kind: 'run', repoId: REPO, inputs: { target: 'production' } })),
      );
      expect(request?.trigger.inputs).toEqual({ target: 'production', dry: 'true' });
    });
    it('is refused with everything that is wrong', async () => {
      await push(await git.commit({ '.cairn.yml': spec }));
      const refused = await ask({ kind: 'run', repoId: REPO, inputs: { target: 'moon', other: 'x', dry: 'maybe' } });
      expect(refused).toMatchObject({ type: 'RequestRefused' });
      for (const name of ['target', 'other', 'dry'])
        expect((refused.data as { detail: string }).detail).toContain(`\`${name}\``);
    });
  });

  describe('a job with `approval`', () => {
    const asks = `jobs: {deploy: {approval: true, steps: [ls]}}\n`;
    const historyOf = (id: string, type: PlanEvent['type']) =>
      eventually(
        () => store.load<PlanEvent>(subjects.plan(id)),
        ({ events }) => events.some((event) => event.type === type),
      );
    const look = async (at: string) => {
      now = at;
      await Promise.all(planners.map((planner) => planner.get(ApprovalExpiry).look()));
    };

    it('is waited for as long as the setting says, and then ends the build', async () => {
      const [then, soon, late] = ['2026-03-01', '2026-03-30', '2026-04-01'].map((day) => `${day}T12:00:00.000Z`);
      now = then!;
      const id = buildOf(await push(await git.commit({ '.cairn.yml': asks })));
      await historyOf(id, 'JobAwaitingApproval');
      await look(soon!);
      expect((await planOf(id)).jobs.get('deploy')?.status).toBe('awaiting_approval');
      await eventually(
        async () => {
          await look(late!); // its view of open builds may come after us
          return planOf(id);
        },
        ({ finished }) => finished === 'failed',
      );
    });
  });

  describe('a concurrency group', () => {
    const grouped = `concurrency: site\n${SPEC}`;
    const site = subjects.group(REPO, 'site');
    const holder = async () => {
      const { events } = await store.load<GroupEvent>(site);
      return events.reduce(groupDecider.evolve, groupDecider.initialState()).holder;
    };

    it('that is held by a build that is over goes on to who waits', async () => {
      const over = buildOf(await push(await git.commit({ '.cairn.yml': SPEC })));
      await planOf(over);
      await ask({ kind: 'cancel', buildId: over });
      // as a planner might that was halted before its write, and woke up after the end
      const command = { ...context(site, 'late'), type: 'Acquire' as const, holder: `${over}.build` };
      await store.append(site, groupDecider.decide(groupDecider.initialState(), command), 0);
      const next = buildOf(await push(await git.commit({ '.cairn.yml': grouped })));
      await eventually(holder, (name) => name === `${next}.build`);
      await ask({ kind: 'cancel', buildId: next });
      await eventually(holder, (name) => name === undefined);
    });
  });

  describe('a matrix of 256 cells', () => {
    const spec = `matrix: {n: [${Array.from({ length: 256 }, (_, n) => n).join(', ')}]}\n${SPEC}`;

    it('is planned and queued with three events, where there is room for it', async () => {
      const heartbeat = { runner: 'big', epoch: 'e', at: now, pools: ['default'], capacity: 400, running: 0 };
      await Presence.beat(publisher, heartbeat);
      const id = buildOf(await push(await git.commit({ '.cairn.yml': spec })));
      const { events } = await eventually(
        () => store.load<PlanEvent>(subjects.plan(id)),
        (history) => history.events.some(({ type }) => type === 'JobsQueued'),
      );
      expect(events.map(({ type }) => type)).toEqual(['BuildRequested', 'BuildPlanned', 'JobsQueued']);
      expect(events.at(-1)?.data).toMatchObject({ jobs: { length: 256 } });
      await ask({ kind: 'cancel', buildId: id });
      await Presence.beat(publisher, { ...heartbeat, capacity: 0 });
    });
  });

  describe('a schedule', () => {
    const nightly = `on: {push: {branches: [none]}, schedule: [{cron: '0 3 * * *'}]}\n${SPEC}`;
    const repo = async () => {
      const { events } = await store.load<RepoEvent>(subjects.repo(REPO));
      return { events, state: events.reduce(repoDecider.evolve, repoDecider.initialState()).snapshot };
    };
    const scheduled = async () =>
      (await repo()).events.flatMap((event) =>
        event.type === 'BuildRegistered' && event.data.trigger.event === 'schedule' ? [event.data] : [],
      );
    const setTo = (crons: readonly string[]) =>
      eventually(
        repo,
        ({ state }) => JSON.stringify(state?.schedules?.entries.map(({ cron }) => cron)) === JSON.stringify(crons),
      );
    const tick = async (at: string) => {
      now = at;
      await Promise.all(planners.map((planner) => planner.get(Schedules).tick()));
    };
    /** Both planners have heard of it. */
    const known = (crons: readonly string[]) =>
      eventually(
        () =>
          planners.map((planner) =>
            planner
              .get(ScheduledRepos)
              .all()
              .find(({ repoId }) => repoId === REPO),
          ),
        (repos) =>
          repos.every(
            (one) => JSON.stringify(one?.schedules?.entries.map(({ cron }) => cron) ?? []) === JSON.stringify(crons),
          ),
      );

    it('comes with a push to the default branch, also with one that is not built; each time is built once', async () => {
      now = '2026-01-01T12:00:00.000Z';
      const sha = await git.commit({ '.cairn.yml': nightly });
      await push(sha, { ref: 'refs/heads/other' });
      expect(await push(sha)).toMatchObject({ data: { reason: 'filtered' } });
      await setTo(['0 3 * * *']);
      await known(['0 3 * * *']);
      await tick('2026-01-01T23:59:00.000Z');
      expect(await scheduled()).toEqual([]);
      await tick('2026-01-02T03:00:00.500Z');
      await tick('2026-01-02T03:00:07.000Z');
      await tick('2026-01-02T09:00:00.000Z');
      expect(await scheduled()).toMatchObject([
        {
          trigger: { event: 'schedule', ref: MAIN, branch: 'main', sha, isDefaultBranch: true },
          origin: { kind: 'schedule', id: 'gh-4711 0 3 * * * 2026-01-02T03:00:00.000Z' },
        },
      ]);
      await planOf((await scheduled())[0]?.build.buildId ?? '');
    });
    it('builds only the latest time that was missed', async () => {
      await known(['0 3 * * *']);
      const before = (await scheduled()).length;
      await git.commit({ '.cairn.yml': nightly });
      await tick('2026-01-20T12:00:00.000Z');
      const after = await scheduled();
      expect(after.slice(before).map(({ origin }) => origin.id)).toEqual([
        'gh-4711 0 3 * * * 2026-01-20T03:00:00.000Z',
      ]);
    });
    it('waits for the forge, and then is built', async () => {
      const before = (await scheduled()).length;
      await git.commit({ '.cairn.yml': nightly });
      github.fail(20, answers(503), /commits/);
      await tick('2026-01-21T03:00:00.000Z');
      expect(await scheduled()).toHaveLength(before);
      github.fail(0, answers(503));
      await eventually(
        async () => {
          await tick('2026-01-21T03:00:10.000Z');
          return (await scheduled()).length;
        },
        (count) => count === before + 1,
      );
    });
    it('goes with the push that takes it away, and comes when the repository is enabled', async () => {
      await push(await git.commit({ '.cairn.yml': SPEC }));
      await setTo([]);
      await known([]);
      await git.commit({ '.cairn.yml': nightly });
      expect(await ask({ kind: 'enable', repo: 'octo/app' })).toMatchObject({ type: 'RequestAccepted' });
      await setTo(['0 3 * * *']);
    });
  });
});
