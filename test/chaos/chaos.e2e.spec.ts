import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '#testing';
import { pushPayload } from '../fakes/github/index.js';
import { ensureBusyboxImage, placesOf } from '../harness/images.js';
import { observe, type Observer } from '../harness/observer.js';
import { startPrivateEngine, type PrivateEngine } from '../harness/private-engine.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { startSystem, type System } from '../harness/system.js';
import { actOf, RUNNERS, wordsOfAct, type Act, type Victim } from './acts.js';
import { CHAOS_COMMITS, chaosBuild, WHOLE_LOG } from './chaos-builds.js';
import { reasonsIn, violationsOf } from './guarantees.js';

const identity = { id: 4711, name: 'octo/app' };
const SLOTS = '3';
/**
 * `CAIRN_CHAOS_BUILDS=50 npm test -- test/chaos/chaos`: it is asked for, as it takes both cores for minutes. A run that went
 * wrong is had again by its seed.
 */
const {
  CAIRN_CHAOS_BUILDS: BUILDS = '0',
  CAIRN_CHAOS_ACTS: ACTS = '8',
  CAIRN_CHAOS_SEED: SEED = randomBytes(4).toString('hex'),
} = process.env;
/** For a build, bounds a test that hangs. */
const END_MS = 20_000 + 4_000 * Number(BUILDS);

const chaos = BUILDS === '0' ? describe.skip : describe;

chaos(`builds under kills of runners, nats-server and dockerd (CAIRN_CHAOS_SEED=${SEED})`, () => {
  let engine: PrivateEngine;
  let system: System;
  let observer: Observer;
  const runners = new Map<string, ServiceProcess>();

  beforeAll(async () => {
    engine = await startPrivateEngine();
    await ensureBusyboxImage(engine.host);
    const environment = {
      DOCKER_HOST: engine.host,
      CAIRN_LEASE: '5',
      CAIRN_DOCKER_AHEAD: '1',
      CAIRN_RUNNER_SLOTS: SLOTS,
    };
    system = await startSystem({ executor: 'docker', environment, without: ['runner', 'viewer', 'notifier'] });
    observer = observe(system);
    for (const name of RUNNERS)
      runners.set(name, await system.replica('runner', name, { CAIRN_DATA_DIR: join(system.directory, name) }));
  }, 120_000);
  afterAll(async () => {
    await system?.stop();
    await engine?.stop();
  }, 60_000);

  const end = async (victim: Victim): Promise<void> => {
    if (victim.what === 'runner') return runners.get(victim.name)?.kill('SIGKILL');
    if (victim.what === 'nats-server') return system.nats.kill();
    return engine.kill(victim.signal);
  };
  const begin = async (victim: Victim): Promise<void> => {
    if (victim.what === 'runner') return runners.get(victim.name)?.start();
    if (victim.what === 'nats-server') return system.nats.restart();
    return engine.start(victim.liveRestore);
  };
  const begun = async (): Promise<number> => (await observer.events.ofType('JobStarted')).length;
  const finished = async (): Promise<number> => (await observer.events.ofType('BuildFinished')).length;

  /** Does what the act says when as many jobs as it waits for have begun, or all builds are at their end. */
  const perform = async ({ after, victims }: Act): Promise<void> => {
    const before = await eventually(begun, () => true); // nats-server may just be coming back
    await eventually(
      async () => (await begun()) >= before + after || (await finished()) === Number(BUILDS),
      (isTime) => isTime,
      END_MS,
    );
    for (const victim of victims) await end(victim);
    for (const victim of victims) await begin(victim);
  };

  const push = async (number: number, commits: readonly string[]): Promise<string> => {
    const after = commits[number % commits.length] ?? '';
    const payload = pushPayload({ repo: identity, ref: `refs/heads/branch-${number}`, after });
    return (await system.deliver('push', payload)).guid;
  };
  /** What there is of our runners at the engine. */
  const left = async (): Promise<string[]> => {
    const ids = await Promise.all(RUNNERS.map((name) => readFile(join(system.directory, name, 'runner/id'), 'utf8')));
    return (await Promise.all(ids.map((id) => placesOf(id.trim(), engine.host)))).flat();
  };

  it('end as they would have, each attempt with a reason, every line there, and nothing left behind', async () => {
    const repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
    const commits: string[] = [];
    for (const files of CHAOS_COMMITS) commits.push(await repo.commit(files));
    const guids = await Promise.all(Array.from({ length: Number(BUILDS) }, (_, number) => push(number, commits)));
    const acts = Array.from({ length: Number(ACTS) }, (_, number) => actOf(SEED, number));
    for (const act of acts) await perform(act);
    await eventually(finished, (count) => count === guids.length, END_MS);

    const wrong: string[] = [];
    for (const [number, guid] of guids.entries()) {
      const buildId = await observer.buildOf(guid);
      const expected = chaosBuild(number);
      const recorded = await observer.events.ofBuild(buildId);
      wrong.push(...violationsOf(recorded, expected).map((words) => `build ${number}: ${words}`));
      await observer.logsComplete(buildId);
      for (const [job, outcome] of Object.entries(expected.jobs)) {
        if (outcome === 'skipped') continue;
        const attempt = (await observer.events.ofType('JobStarted', buildId)).filter(({ subject }) =>
          subject.endsWith(`.job.${job}`),
        ).length;
        const log = await observer.log(buildId, job, attempt, 1);
        if (log !== WHOLE_LOG) wrong.push(`build ${number}: the log of ${job} is ${JSON.stringify(log.slice(-100))}`);
      }
    }
    const reasons = reasonsIn(await observer.events.all());
    expect({ wrong, acts: acts.map(wordsOfAct), reasons }).toMatchObject({ wrong: [] });
    expect(await observer.dead()).toBe(0);
    expect(system.github.state.violations).toEqual([]);

    // One container waits at each runner, until it is told to stop.
    for (const runner of runners.values()) await runner.kill('SIGTERM');
    await eventually(left, ({ length }) => length === 0);
  }, 600_000);
});
