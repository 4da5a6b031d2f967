import { eventually } from '#testing';
import { pushPayload } from '../fakes/github/index.js';
import { ensureBusyboxImage } from '../harness/images.js';
import { containersOf } from '../harness/job-place.js';
import { observe, type Observer } from '../harness/observer.js';
import { startSystem, type System } from '../harness/system.js';
import { commitSlow, linesIn, slowOutput } from './slow-job.js';

const identity = { id: 4711, name: 'octo/app' };
const SERVICES = ['planner', 'runner', 'log-shipper', 'notifier', 'viewer', 'ingest'] as const;

describe('told to stop while nats-server is away', () => {
  let system: System;
  let observer: Observer;

  beforeAll(async () => {
    await ensureBusyboxImage();
    system = await startSystem({ executor: 'docker', environment: { CAIRN_STOP_GRACE: '0', CAIRN_CANCEL_GRACE: '0' } });
    observer = observe(system);
  });
  afterAll(() => system?.stop());

  it('every service ends, and what it left is taken up by the next', async () => {
    const repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
    const sha = await commitSlow(repo, 'stopped');
    const payload = pushPayload({ repo: identity, ref: 'refs/heads/main', after: sha });
    const buildId = await observer.buildOf((await system.deliver('push', payload)).guid);
    await observer.logUntil(buildId, 'slow', 1, (text) => linesIn(text) > 3);
    await system.nats.kill();
    await Promise.all(SERVICES.map((service) => system.services[service].kill('SIGTERM')));
    await system.nats.restart();
    await Promise.all(SERVICES.map((service) => system.services[service].start()));
    const place = await observer.place(buildId, 'slow', 2);
    await place.write('go', '');
    expect(await observer.finished(buildId)).toBe('passed');
    await observer.logsComplete(buildId);
    const log = await observer.log(buildId, 'slow', 2, 1);
    expect(log).toBe(slowOutput(log));
    expect(await observer.statuses(sha, 'success')).toEqual(['pending', 'success']);
    await eventually(
      async () => containersOf(await observer.runnerId()),
      (names) => names.length === 0,
    );
  }, 60_000);
});
