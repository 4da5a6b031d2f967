import fc from 'fast-check';
import {
  fact,
  subjects,
  SYSTEM,
  type CairnEvent,
  type JobEvent,
  type LogEvent,
  type Plan,
  type PlanEvent,
  type Trigger,
} from '#events';
import { attemptOf, buildView, evolveBuild, type BuildProgress, type BuildView } from '../index.js';

const ID = '00000000a0123456789ab';
const TRIGGER: Trigger = {
  event: 'push',
  ref: 'refs/heads/constructor',
  sha: 'a'.repeat(40),
  branch: 'constructor',
  isDefaultBranch: false,
  title: 'a change',
  author: 'ann',
};
const job = (id: string, needs: string[] = []): Plan['jobs'][number] => ({
  ...{ id, name: id, cell: {}, needs, pool: 'default', infrastructureRetries: 2, timeoutMs: 1 },
});
const template = (name: string): Plan['templates'][number] => ({
  ...{ name, image: 'busybox', environment: {}, steps: [{ name: 'Run', run: 'true', environment: {} }] },
});
const PLAN: Plan = {
  templates: ['a', 'b', 'c'].map(template),
  jobs: [job('a'), job('b', ['a']), job('c', ['b'])],
};

type Data<T extends CairnEvent['type']> = Extract<CairnEvent, { type: T }>['data'];
type Told = Readonly<{ event: CairnEvent; jobId: string | undefined }>;

let second = 0;
const at = (): string => new Date(Date.UTC(2026, 0, 1, 0, 0, (second += 1))).toISOString();
const context = (subject: string) => ({ subject, at: at(), cause: `c${second}`, actor: SYSTEM });
const plan = <T extends PlanEvent['type']>(type: T, data: Data<T>): Told => ({
  event: fact(type, 1, context(subjects.plan(ID)), data) as unknown as CairnEvent,
  jobId: undefined,
});
const run = <T extends (JobEvent | LogEvent)['type']>(jobId: string, type: T, data: Data<T>): Told => ({
  event: fact(type, 1, context(subjects.job(ID, jobId)), data) as unknown as CairnEvent,
  jobId,
});

const requested = (): Told =>
  plan('BuildRequested', {
    ...{ buildId: ID, repoId: 'gh-1', repo: 'ann/app', number: 3, trigger: TRIGGER },
    origin: { kind: 'delivery', id: 'd' },
  });
const planned = (): Told => plan('BuildPlanned', { plan: PLAN, diagnostics: [] });
const queued = (jobId: string, attempt = 1): Told =>
  plan('JobsQueued', { jobs: [{ jobId, attempt, pool: 'default' }] });
const started = (jobId: string, attempt = 1): Told =>
  run(jobId, 'JobStarted', { attempt, runner: 'r1', epoch: 'e', executor: 'docker', slot: 's', ticket: 1 });
const stepStarted = (jobId: string, step: number, attempt = 1): Told =>
  run(jobId, 'StepStarted', { attempt, step, name: step === 0 ? 'Prepare' : 'Run' });
const stepFinished = (jobId: string, step: number, attempt = 1): Told =>
  run(jobId, 'StepFinished', { attempt, step, outcome: 'passed', exitCode: 0, lines: 2, bytes: 9, chain: 'x' });
const settled = (
  jobId: string,
  outcome: 'passed' | 'failed' | 'lost' | 'cancelled',
  attempt = 1,
  again = false,
): Told => plan('JobsSettled', { jobs: [{ jobId, attempt, outcome, again }] });

const fold = (told: readonly Told[]): BuildProgress | undefined =>
  told.reduce<BuildProgress | undefined>((state, { event, jobId }) => evolveBuild(state, event, jobId), undefined);
const view = (...told: readonly Told[]): BuildView => {
  const state = fold(told);
  if (!state) throw new Error('there is no build');
  return buildView(state);
};

describe('build projection', () => {
  it('goes from requested to its end', () => {
    const story = [requested(), planned(), queued('a'), started('a')];
    const statuses = story.map((_, index) => view(...story.slice(0, index + 1)).status);
    expect(statuses).toEqual(['requested', 'planned', 'planned', 'running']);
    const end = [settled('a', 'passed'), plan('BuildFinished', { status: 'passed' })];
    const build = view(...story, ...end);
    expect(build).toMatchObject({ status: 'passed', startedAt: story[3]?.event.at, finishedAt: end[1]?.event.at });
    expect(build).toMatchObject({ branch: 'constructor', pullRequest: null, number: 3 });
  });

  it('counts what the newest attempt of a job has left behind', () => {
    const stored = (name: string, attempt = 1): Told =>
      run('a', 'ArtifactStored', { attempt, name, bytes: 5, sha256: 'x', key: 'x' });
    const story = [requested(), planned(), queued('a'), started('a'), stored('dist/a'), stored('dist/b')];
    expect(view(...story).jobs[0]?.artifacts).toEqual({ files: 2, bytes: 10 });
    expect(view(...story, started('a', 2), stored('dist/a')).jobs[0]?.artifacts).toEqual({ files: 0, bytes: 0 });
  });

  it('has the totals of the tests of the newest attempt', () => {
    const totals = { passed: 12, failed: 1, errors: 0, skipped: 2 };
    const tested = (attempt: number): Told => {
      const rest = { files: 1, report: { sha256: 'x', bytes: 1 }, unread: [], cut: { cases: 0, texts: 0 } };
      return run('a', 'TestsReported', { attempt, totals, ...rest });
    };
    const story = [requested(), planned(), queued('a'), started('a')];
    expect(view(...story).jobs[0]?.tests).toBeNull();
    expect(view(...story, tested(1)).jobs[0]?.tests).toEqual(totals);
    expect(view(...story, tested(1), started('a', 2), tested(1)).jobs[0]?.tests).toBeNull();
  });

  it('lists the services of a job after its steps, before they begin and in each attempt', () => {
    const services = ['db', 'web'].map((name) => ({ name, image: name, environment: {} }));
    const plain = plan('BuildPlanned', {
      plan: { templates: [{ ...template('a'), services }], jobs: [job('a')] },
      diagnostics: [],
    });
    const begun = (step: number, name: string, service?: string, attempt = 1): Told =>
      run('a', 'StepStarted', { attempt, step, name, ...(service === undefined ? {} : { service }) });
    const listed = (...more: Told[]) =>
      view(requested(), plain, queued('a'), started('a'), ...more).jobs[0]?.steps.map(
        ({ index, service, status }) => `${index} ${service} ${status}`,
      );
    const known = [begun(3, 'service db', 'db'), begun(2, 'Keep artifacts')];
    expect(listed()).toEqual(['0 null waiting', '1 null waiting', '3 db waiting', '4 web waiting']);
    expect(listed(...known)).toEqual([
      ...['0 null waiting', '1 null waiting', '2 null running', '3 db running', '4 web waiting'],
    ]);
    // an event of before services were named
    expect(listed(begun(4, 'service web'))?.at(-1)).toBe('4 web running');
    expect(listed(...known, started('a', 2))).toEqual([
      ...['0 null waiting', '1 null waiting', '2 null waiting', '3 db waiting', '4 web waiting'],
    ]);
    expect(listed(settled('a', 'failed'))?.slice(-2)).toEqual(['3 db skipped', '4 web skipped']);
  });

  it('says why a build ended before it ran', () => {
    const diagnostics = [{ severity: 'error' as const, message: 'no jobs', line: 4, column: 2 }];
    expect(view(requested(), plan('BuildRejected', { diagnostics }))).toMatchObject({
      ...{ status: 'rejected', reason: 'line 4, column 2: no jobs', diagnostics },
    });
    const cancelled = [requested(), planned(), plan('BuildCancelled', { reason: 'superseded' })];
    expect(view(...cancelled)).toMatchObject({
      ...{ status: 'planned', cancelReason: 'superseded', reason: 'superseded by a newer push' },
    });
    expect(view(...cancelled, plan('BuildFinished', { status: 'cancelled' }))).toMatchObject({ status: 'cancelled' });
    expect(view(requested(), plan('BuildCancelled', { reason: 'user', by: 'ann' })).reason).toBe('cancelled by ann');
  });

  it('waits for an approval before the plan and after it', () => {
    const gate = plan('BuildAwaitingApproval', { sha: TRIGGER.sha, reason: 'fork' });
    expect(view(requested(), gate, planned()).status).toBe('awaiting_approval');
    const approved = plan('BuildApproved', { sha: TRIGGER.sha });
    expect(view(requested(), gate, planned(), approved)).toMatchObject({ status: 'planned', reason: null });
  });

  describe('with a job that waits for an approval', () => {
    const asked = plan('JobAwaitingApproval', { jobs: [{ jobId: 'b' }] });
    const said = plan('JobApproved', { jobs: [{ jobId: 'b' }], sha: TRIGGER.sha });
    const passed = plan('JobsSettled', { jobs: [{ jobId: 'a', attempt: 1, outcome: 'passed', again: false }] });
    const story = [requested(), planned(), queued('a'), started('a'), passed, asked];

    it('waits for it as a whole when nothing else goes on', () => {
      expect(view(...story)).toMatchObject({ status: 'awaiting_approval', reason: 'waits for the approval of `b`' });
      expect(view(...story).jobs[1]).toMatchObject({
        ...{ status: 'awaiting_approval', reason: 'waits until a person approves it' },
      });
      expect(view(...story, said)).toMatchObject({ status: 'running', reason: null });
      expect(view(...story, said).jobs[1]).toMatchObject({ status: 'waiting', reason: 'waits to be admitted' });
    });
    it('runs on while another job does', () => {
      const both = [requested(), planned(), queued('a'), started('a')];
      expect(view(...both, plan('JobAwaitingApproval', { jobs: [{ jobId: 'c' }] })).status).toBe('running');
    });
    it('has not begun when that is its first', () => {
      const first = [requested(), planned(), plan('JobAwaitingApproval', { jobs: [{ jobId: 'a' }] })];
      expect(view(...first).status).toBe('awaiting_approval');
      expect(view(...first, plan('JobApproved', { jobs: [{ jobId: 'a' }], sha: TRIGGER.sha })).status).toBe('planned');
    });
    it('still waits for the build itself when that does', () => {
      const gate = plan('BuildAwaitingApproval', { sha: TRIGGER.sha, reason: 'fork' });
      const skip = plan('JobsSkipped', { jobs: [{ jobId: 'c', reason: 'when', detail: 'no' }] });
      expect(view(requested(), gate, planned(), skip).status).toBe('awaiting_approval');
    });
    it('says that nobody approved it', () => {
      const late = plan('JobsSkipped', { jobs: [{ jobId: 'b', reason: 'approval' }] });
      expect(view(...story, late).jobs[1]).toMatchObject({ status: 'skipped', reason: 'nobody approved it in time' });
    });
  });

  it('says which jobs lost their group to a newer build', () => {
    const jobs = [
      { jobId: 'a', group: 'site', by: 'newer' },
      { jobId: 'b', group: 'site', by: 'newer' },
    ];
    const taken = view(requested(), planned(), queued('a'), started('a'), plan('JobsCancelled', { jobs }));
    expect(taken.jobs.map(({ status, reason }) => [status, reason])).toEqual([
      ['running', 'a newer build took the group `site`'],
      ['cancelled', 'a newer build took the group `site`'],
      ['waiting', 'waits to be admitted'],
    ]);
    const end = run('a', 'JobFinished', { attempt: 1, outcome: 'cancelled' });
    const over = view(requested(), planned(), queued('a'), started('a'), plan('JobsCancelled', { jobs }), end);
    expect(over.jobs[0]).toMatchObject({ status: 'cancelled', reason: 'a newer build took the group `site`' });
  });

  it('knows the steps before they run and skips those that never did', () => {
    const story = [requested(), planned(), queued('a'), started('a'), stepStarted('a', 0), stepFinished('a', 0)];
    const steps = (told: readonly Told[]) =>
      view(...told).jobs[0]?.steps.map(({ name, status }) => `${name} ${status}`);
    expect(steps(story.slice(0, 2))).toEqual(['Prepare waiting', 'Run waiting']);
    expect(steps(story)).toEqual(['Prepare passed', 'Run waiting']);
    const failure = { kind: 'setup' as const, message: 'no such image' };
    const failed = run('a', 'JobFinished', { attempt: 1, outcome: 'failed', failure });
    expect(steps([...story, failed])).toEqual(['Prepare passed', 'Run skipped']);
    expect(view(...story, failed).jobs[0]).toMatchObject({ status: 'failed', reason: 'no such image', failure });
    const stored = { attempt: 1, step: 0, lines: 2, bytes: 9, chain: 'x', complete: true };
    expect(view(...story, run('a', 'LogStored', stored)).jobs[0]?.steps[0]).toMatchObject({ stored: true, bytes: 9 });
  });

  it('says why a job waits and why it was skipped', () => {
    const waiting = view(requested(), planned(), queued('a'));
    expect(waiting.jobs.map(({ status, reason }) => `${status}: ${reason}`)).toEqual([
      'queued: waits for a free runner of pool `default`',
      'waiting: waits for `a`',
      'waiting: waits for `b`',
    ]);
    const skips = [
      { jobId: 'b', reason: 'need' as const, because: 'a' },
      { jobId: 'c', reason: 'need' as const, because: 'b' },
    ];
    const skipped = view(
      requested(),
      planned(),
      queued('a'),
      settled('a', 'failed'),
      plan('JobsSkipped', { jobs: skips }),
    );
    expect(skipped.jobs.slice(1).map(({ status, reason }) => `${status}: ${reason}`)).toEqual([
      'skipped: needs `a`, which failed',
      'skipped: needs `b`, which was skipped',
    ]);
    const cancelled = plan('JobsSkipped', { jobs: [{ jobId: 'a', reason: 'cancelled' }] });
    expect(view(requested(), planned(), cancelled).jobs[0]).toMatchObject({ reason: 'the build was cancelled' });
  });

  it('numbers the attempts and keeps their steps apart', () => {
    const lost = [
      ...[requested(), planned(), queued('a'), started('a'), stepStarted('a', 0)],
      ...[run('a', 'JobLost', { attempt: 1, reason: 'its runner fell silent' }), settled('a', 'lost', 1, true)],
    ];
    expect(view(...lost).jobs[0]).toMatchObject({ status: 'waiting', attempt: 1, earlier: [{ attempt: 1 }] });
    const again = [...lost, queued('a', 2), started('a', 2), stepStarted('a', 0, 2)];
    expect(view(...again).jobs[0]).toMatchObject({
      ...{ status: 'running', attempt: 2, finishedAt: null },
      earlier: [{ attempt: 1, outcome: 'lost', reason: 'its runner fell silent' }],
      steps: [{ status: 'running' }, { status: 'waiting' }],
    });
    const state = fold([...again, stepFinished('a', 0, 1)])?.jobs[0];
    expect(state && attemptOf(state, 1)).toMatchObject({ over: true, status: 'lost', steps: [{ bytes: 9 }, {}] });
    expect(state && attemptOf(state, 2)).toMatchObject({ over: false, steps: [{ status: 'running' }, {}] });
    expect(state && attemptOf(state, 3)).toBeUndefined();
    expect(view(...again, settled('a', 'lost', 2)).jobs[0]).toMatchObject({ status: 'failed', attempt: 2 });
  });

  describe('of a build with rules', () => {
    const rules: Plan = {
      why: { runs: true, detail: 'push to `main`', line: 2 },
      templates: [
        { ...template('lint'), allowFailure: true },
        {
          ...template('test'),
          maxParallel: 1,
          steps: [
            { name: 'Run on ${{ matrix.os }}', run: 'true', environment: {} },
            { name: 'Tell', run: 'true', environment: {}, skipped: { runs: false, detail: 'only on tags', line: 8 } },
          ],
        },
        template('deploy'),
      ],
      jobs: [
        { ...job('lint'), why: { runs: true, detail: 'runs on every push', line: 4 } },
        { ...job('test--1', ['lint']), name: 'test', cell: { node: '20', os: 'linux' } },
        { ...job('test--2', ['lint']), name: 'test', cell: { node: '22', os: 'linux' } },
        job('deploy', ['test']),
      ],
    };
    const start = [requested(), plan('BuildPlanned', { plan: rules, diagnostics: [] })];
    const reasons = (...told: readonly Told[]) =>
      view(...start, ...told).jobs.map(({ title, status, reason }) => `${title} ${status}: ${reason}`);

    it('shows cells, needs by name, who may fail, and why the build and its jobs run', () => {
      const build = view(...start, queued('lint'), started('lint'));
      expect(build).toMatchObject({ why: rules.why, tag: null });
      expect(build.jobs[0]).toMatchObject({
        ...{ title: 'lint', cell: {}, allowFailure: true, reason: 'runs on every push' },
        why: { runs: true, line: 4 },
      });
      expect(build.jobs[1]).toMatchObject({
        ...{ title: 'test (20, linux)', cell: { node: '20', os: 'linux' }, needs: ['lint'] },
        ...{ allowFailure: false, why: null },
        steps: [{ name: 'Prepare' }, { name: 'Run on linux' }, { name: 'Tell' }],
      });
      expect(view(...start, settled('lint', 'passed')).jobs[0]?.reason).toBe('runs on every push');
    });
    it('says what is waited for still, and no longer', () => {
      expect(reasons().slice(1)).toEqual([
        'test (20, linux) waiting: waits for `lint`',
        'test (22, linux) waiting: waits for `lint`',
        'deploy waiting: waits for `test`',
      ]);
      const after = [queued('lint'), settled('lint', 'failed')];
      expect(reasons(...after)[1]).toBe(
        'test (20, linux) waiting: waits to be admitted: at most 1 of its matrix at once',
      );
      const tests = ['test--1', 'test--2'].flatMap((id) => [queued(id), settled(id, 'passed')]);
      expect(reasons(...after, ...tests.slice(0, 2)).at(-1)).toBe('deploy waiting: waits for `test`');
      expect(reasons(...after, ...tests).at(-1)).toBe('deploy waiting: waits to be admitted');
    });
    it('says which rule or cell skipped a job', () => {
      const skipped = plan('JobsSkipped', {
        jobs: [
          { jobId: 'lint', reason: 'when', detail: 'only on `main`', line: 5 },
          { jobId: 'test--2', reason: 'fail-fast', because: 'test--1' },
          { jobId: 'deploy', reason: 'need', because: 'test--2' },
        ],
      });
      expect(reasons(queued('test--1'), settled('test--1', 'failed'), skipped)).toEqual([
        'lint skipped: its `when` (line 5): only on `main`',
        'test (20, linux) failed: null',
        'test (22, linux) skipped: `test (20, linux)` failed, and its matrix has `fail_fast`',
        'deploy skipped: needs `test (22, linux)`, which was skipped',
      ]);
      expect(view(...start, skipped).jobs[0]?.why).toEqual({ runs: false, detail: 'only on `main`', line: 5 });
    });
    it('knows from the beginning which steps do not run, in each attempt', () => {
      const stepsOf = (...told: readonly Told[]) =>
        view(...start, ...told).jobs[1]?.steps.map(({ status, reason }) => [status, reason]);
      const tell = ['skipped', 'its `when` (line 8): only on tags'];
      expect(stepsOf()).toEqual([['waiting', null], ['waiting', null], tell]);
      expect(stepsOf(queued('test--1'), settled('test--1', 'lost', 1, true), queued('test--1', 2))).toEqual([
        ...[
          ['waiting', null],
          ['waiting', null],
        ],
        tell,
      ]);
    });
  });

  it('returns the same object when nothing changed, and nothing before the request', () => {
    const state = fold([requested(), planned()]);
    const foreign = started('unknown');
    expect(evolveBuild(state, foreign.event, foreign.jobId)).toBe(state);
    expect(fold([started('a'), planned()])).toBeUndefined();
  });

  it('never throws and changes nothing that it was given, in any order', () => {
    const stories = [
      ...[requested(), planned(), queued('a'), started('a'), stepStarted('a', 0), stepFinished('a', 1), queued('a', 2)],
      ...[started('a', 3), settled('a', 'lost', 1, true), settled('b', 'cancelled', 4), queued('b', 0), started('x')],
      run('a', 'JobLost', { attempt: 2, reason: 'r' }),
      run('b', 'JobFinished', { attempt: 1, outcome: 'passed' }),
      run('b', 'JobAdopted', { attempt: 1, runner: 'r2', epoch: 'f' }),
      run('c', 'LogStored', { attempt: 1, step: 7, lines: 0, bytes: 0, chain: '', complete: false }),
      plan('JobsSkipped', { jobs: [{ jobId: 'x', reason: 'need', because: 'y' }] }),
      plan('BuildCancelled', { reason: 'closed' }),
      plan('BuildFinished', { status: 'failed' }),
      plan('BuildApproved', { sha: 's' }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(stories), (told) => {
        let state = fold([requested()]);
        for (const { event, jobId } of told) {
          const before = JSON.stringify(state);
          const next = evolveBuild(state, event, jobId);
          expect(JSON.stringify(state)).toBe(before);
          state = JSON.parse(JSON.stringify(next)) as BuildProgress; // as it comes back from a read model
          expect(JSON.stringify(state)).toBe(JSON.stringify(next));
        }
      }),
    );
  });

  describe('the ending of a job', () => {
    const phases = (told: BuildView, attempt?: number): readonly string[] => {
      const [first] = told.jobs;
      const ending =
        attempt === undefined ? first?.ending : first?.earlier.find((one) => one.attempt === attempt)?.ending;
      return ending?.map(({ phase, detail }) => `${phase}: ${detail}`) ?? [];
    };
    const running = [requested(), planned(), queued('a'), started('a'), stepStarted('a', 1)];
    const reached = (data: Omit<Data<'EndPhaseReached'>, 'attempt'>, attempt = 1): Told =>
      run('a', 'EndPhaseReached', { attempt, ...data });
    const signalled = (reason: Data<'EndPhaseReached'>['reason'], more = {}): Told =>
      reached({ phase: 'signalled', reason, step: 1, graceMs: 10_000, ...more });
    const byUser = (spared: readonly string[] = []): Told => plan('BuildCancelled', { reason: 'user', spared });

    it('is told in the order in which it went, with the clean-up', () => {
      const told = view(
        ...[...running, byUser(), signalled('cancelled')],
        reached({ phase: 'killed', reason: 'cancelled', step: 1, graceMs: 10_000 }),
        run('a', 'StepFinished', {
          ...{ attempt: 1, step: 1, outcome: 'cancelled', exitCode: 137, lines: 0, bytes: 0, chain: 'x' },
        }),
        run('a', 'StepStarted', { attempt: 1, step: 2, name: 'Tidy', cleanUp: true }),
        run('a', 'JobFinished', { attempt: 1, outcome: 'cancelled' }),
        reached({ phase: 'removed', reason: 'cancelled' }),
      );
      expect(phases(told)).toEqual([
        'told: cancelled: its runner is told to end it',
        'signalled: asked step 1 to end, 10 s grace: the job was cancelled',
        'killed: killed step 1 after 10 s',
        'cleaning-up: began the clean-up step 2, Tidy',
        'removed: removed the place it ran in, with all that was in it',
      ]);
      expect(told.jobs[0]?.steps.map(({ cleanUp }) => cleanUp)).toEqual([false, false, true]);
    });

    it('begins with the cancellation, once, and not for a job that is spared or does not run', () => {
      expect(phases(view(...running, byUser(), byUser()))).toHaveLength(1);
      expect(phases(view(...running, byUser(['a'])))).toEqual([]);
      expect(phases(view(requested(), planned(), queued('a'), byUser()))).toEqual([]);
    });

    it('belongs to its attempt, also when its place goes after the next has begun', () => {
      const told = view(
        ...[...running, signalled('handed-back')],
        run('a', 'JobLost', { attempt: 1, reason: 'the runner was told to stop' }),
        settled('a', 'lost', 1, true),
        queued('a', 2),
        reached({ phase: 'removed', reason: 'handed-back' }),
      );
      expect(phases(told)).toEqual([]);
      expect(phases(told, 1).map((line) => line.split(':')[0])).toEqual(['signalled', 'removed']);
    });

    it('of a step that took too long, in its second try', () => {
      const told = view(...running, signalled('step-timeout', { try: 2, graceMs: 500 }));
      expect(phases(told)).toEqual(['signalled: asked step 1 (try 2) to end, 0.5 s grace: it took too long']);
    });
  });
});
