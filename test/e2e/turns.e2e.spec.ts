import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildView, JobView } from '#domain';
import { eventually } from '#testing';
import { pushPayload, type GitFixture } from '../fakes/github/index.js';
import { startSystem, type System } from '../harness/system.js';

type Answer = Readonly<{ status: string; detail: string | null }>;

/** Jobs that wait for a person, and jobs that wait for one another. Each waits for a file, so that the test says when it ends. */
describe('jobs that take turns', () => {
  let system: System;
  let repo: GitFixture;
  const identity = { id: 4711, name: 'octo/app' };

  beforeAll(async () => {
    system = await startSystem({ executor: 'host', slots: 4 });
    repo = await system.fixture('app');
    system.github.state.repos.set('octo/app', { ...identity, defaultBranch: 'main', dir: repo.gitDir });
  });
  afterAll(() => system.stop());

  const gate = (name: string): string => join(system.directory, name);
  const open = (name: string): Promise<void> => writeFile(gate(name), '');
  const until = (name: string): string => `until [ -e "${gate(name)}" ]; do sleep 0.05; done`;

  const push = async (spec: string, branch = 'main'): Promise<string> => {
    const after = await repo.commit({ '.cairn.yml': spec });
    await repo.git('update-ref', `refs/heads/${branch}`, after);
    const { guid } = await system.deliver('push', pushPayload({ repo: identity, ref: `refs/heads/${branch}`, after }));
    return (await system.delivery(guid)).buildId ?? '';
  };
  const job = (build: BuildView, name: string): JobView => build.jobs.find((one) => one.name === name)!;
  const when = (id: string, name: string, status: string): Promise<BuildView> =>
    eventually(
      () => system.build(id),
      (build) => build.jobs.some((one) => one.name === name && one.status === status),
    );
  const answerTo = (request: string): Promise<Answer> =>
    eventually(
      () => system.get<Answer>(`/api/requests/${request}`),
      ({ status }) => status !== 'pending',
    );
  const approve = async ({ id, sha }: BuildView, name: string): Promise<Answer> =>
    answerTo(await system.request(`/api/builds/${id}/approve`, { sha, job: name }));

  const approval = (name: string): string => `jobs:
  test: {steps: ['true']}
  deploy: {needs: test, approval: true, steps: ['${until(name)}']}
  tell: {needs: deploy, steps: ['true']}
`;

  it('wait for a person, and the commit says so', async () => {
    const id = await push(approval('first'));
    const asked = await when(id, 'deploy', 'awaiting_approval');
    expect(asked).toMatchObject({ status: 'awaiting_approval', reason: 'waits for the approval of `deploy`' });
    await eventually(
      () => system.github.state.statuses.get(asked.sha)?.at(-1),
      (status) => status?.state === 'pending' && status.description === 'job `deploy` waits for approval',
    );
    expect(await approve(asked, 'tell')).toMatchObject({ status: 'refused' });
    expect(await approve({ ...asked, sha: '1'.repeat(40) }, 'deploy')).toMatchObject({ status: 'refused' });
    expect(job(await system.build(id), 'deploy')).toMatchObject({ status: 'awaiting_approval', attempt: 0 });
    expect(await approve(asked, 'deploy')).toMatchObject({ status: 'accepted' });
    await open('first');
    expect((await system.finished(id)).jobs.map(({ status }) => status)).toEqual(['passed', 'passed', 'passed']);
  });

  it('run to their end after a newer push, when a person has approved them', async () => {
    const old = await push(approval('second'), 'topic');
    await approve(await when(old, 'deploy', 'awaiting_approval'), 'deploy');
    await when(old, 'deploy', 'running');
    const newer = await push(approval('third'), 'topic');
    await eventually(
      () => system.build(old),
      ({ cancelReason }) => cancelReason === 'superseded',
    );
    await when(newer, 'deploy', 'awaiting_approval'); // the runner has looked at what was cancelled long ago
    expect(job(await system.build(old), 'deploy').status).toBe('running');
    await open('second');
    const over = await system.finished(old);
    expect(over.status).toBe('cancelled');
    expect(over.jobs.map(({ status }) => status)).toEqual(['passed', 'passed', 'skipped']);
    await answerTo(await system.request(`/api/builds/${newer}/cancel`));
    expect(job(await system.finished(newer), 'deploy')).toMatchObject({ status: 'skipped', attempt: 0 });
  });

  it('have a group one at a time, also of different builds', async () => {
    const site = (name: string): string => `concurrency: site\nsteps: ['${until(name)}']\n`;
    const first = await push(site('fourth'));
    await when(first, 'build', 'running');
    const second = await push(site('fifth'));
    const third = await push('steps: ["true"]\n');
    await system.finished(third); // there was room for it
    expect(job(await system.build(second), 'build')).toMatchObject({
      ...{ status: 'waiting', reason: 'waits to be admitted, and for its turn in the group `site`' },
    });
    await open('fifth');
    await open('fourth');
    const [one, two] = [await system.finished(first), await system.finished(second)].map((build) => build.jobs[0]!);
    expect([one?.status, two?.status]).toEqual(['passed', 'passed']);
    expect(Date.parse(two?.queuedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(one?.finishedAt ?? ''));
  });

  it('end those before them in the group when their spec says so', async () => {
    const site = (name: string): string => `concurrency: {group: site, cancel: true}\nsteps: ['${until(name)}']\n`;
    const first = await push(site('never'));
    await when(first, 'build', 'running');
    const second = await push(site('sixth'));
    const ended = await system.finished(first);
    expect(ended).toMatchObject({ status: 'cancelled', reason: 'a newer build took the group `site`' });
    expect(ended.jobs[0]).toMatchObject({ status: 'cancelled', attempt: 1 });
    await open('sixth');
    expect(await system.finished(second)).toMatchObject({ status: 'passed' });
  });

  it('keep their turn over a restart of the planner', async () => {
    const site = (name: string): string => `concurrency: site\nsteps: ['${until(name)}']\n`;
    const first = await push(site('seventh'));
    await when(first, 'build', 'running');
    const second = await push(site('eighth'));
    await eventually(
      () => system.build(second),
      ({ status }) => status === 'planned',
    );
    await system.services.planner.kill('SIGKILL');
    await open('seventh');
    await open('eighth');
    await system.services.planner.start();
    const [one, two] = [await system.finished(first), await system.finished(second)].map((build) => build.jobs[0]!);
    expect([one?.status, two?.status]).toEqual(['passed', 'passed']);
    expect(Date.parse(two?.queuedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(one?.finishedAt ?? ''));
  });
});
