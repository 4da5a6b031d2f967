import { eventually } from '#testing';
import { pushPayload } from '../fakes/github/index.js';
import { BUSYBOX_IMAGE, ensureBusyboxImage, placesOf } from '../harness/images.js';
import { observe, type Observer } from '../harness/observer.js';
import { startPrivateEngine, type PrivateEngine } from '../harness/private-engine.js';
import { startSystem, type System } from '../harness/system.js';

const identity = { id: 4711, name: 'octo/app' };
/** Ends at its second attempt alone. Without services: dockerd 20.10 that was killed may fall over their networks when it starts. */
const SPEC = `image: ${BUSYBOX_IMAGE}
jobs:
  one:
    steps:
      - if [ $CAIRN_ATTEMPT = 1 ]; then echo up; sleep 1000; fi
      - echo once more
`;

describe('an engine that ends in the middle of a job', () => {
  let engine: PrivateEngine;
  let system: System;
  let observer: Observer;
  let sha: string;

  beforeAll(async () => {
    engine = await startPrivateEngine();
    await ensureBusyboxImage(engine.host);
    const environment = { DOCKER_HOST: engine.host, CAIRN_LEASE: '5' };
    system = await startSystem({ executor: 'docker', environment, without: ['viewer', 'notifier'] });
    observer = observe(system);
    const repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
    sha = await repo.commit({ '.cairn.yml': SPEC });
  }, 120_000);
  afterAll(async () => {
    await system?.stop();
    await engine?.stop();
  }, 60_000);

  it.each([
    ['SIGTERM', false],
    ['SIGKILL', false],
    ['SIGTERM', true],
    ['SIGKILL', true],
  ] as const)(
    'by %s, live-restore %p: it is named, another attempt waits for it, nothing is left',
    async (signal, liveRestore) => {
      await engine.kill('SIGTERM');
      await engine.start(liveRestore);
      const payload = pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha });
      const buildId = await observer.buildOf((await system.deliver('push', payload)).guid);
      await observer.logUntil(buildId, 'one', 1, (text) => text === 'up\n');

      await engine.kill(signal);
      const [end] = await eventually(
        () => observer.events.ofType('JobFinished', buildId),
        ({ length }) => length === 1,
      );
      expect(end?.event.data).toMatchObject({ attempt: 1, outcome: 'failed', failure: { kind: 'infrastructure' } });
      expect(end?.event.data.failure?.message).toMatch(/^the container engine is not available: it broke off/);

      await engine.start(liveRestore);
      expect(await observer.finished(buildId)).toBe('passed');
      const started = await observer.events.ofType('JobStarted', buildId);
      expect(started.map(({ event }) => event.data.attempt)).toEqual([1, 2]);
      expect(await observer.log(buildId, 'one', 2, 2)).toBe('once more\n');
      const runner = await observer.runnerId();
      await eventually(
        () => placesOf(runner, engine.host),
        ({ length }) => length === 0,
      );
    },
    120_000,
  );
});
