import type { SettledAttempt } from '#domain';
import { buildId, subjects, type Failure, type JobOutcome, type Plan, type Trigger } from '#events';
import {
  INFRASTRUCTURE,
  SHA,
  STEP_FAILED,
  cellOf,
  forkTrigger,
  planOf,
  planOfJobs,
  plannedJob,
  triggerOf,
} from '#testing';
import { type Tape } from './tape.js';

const REPO = { repoId: 'gh-1', repo: 'ada/engine', defaultBranch: 'main' };
const LOG = { lines: 2, bytes: 12, chain: 'c'.repeat(64) };

const guidOf = (n: number): string => `${n}${n}${n}${n}${n}${n}${n}${n}-1111-4111-8111-111111111111`;
const holderOf = (attempt: number, runner = 'runner-a') => ({ attempt, runner, epoch: `${runner}-1` });

/** A push or pull request, from its delivery to the build's request. `n` is the webhook's sequence. */
const push = (tape: Tape, n: number, trigger: Trigger): string => {
  const id = buildId(tape.messages.length, guidOf(n));
  const origin = { kind: 'delivery' as const, id: guidOf(n) };
  const event = trigger.event === 'push' ? { event: 'push' } : { event: 'pull_request', action: 'opened' };
  const decision = { kind: 'build' as const, buildId: id, trigger };
  tape.delivery(guidOf(n), {
    type: 'AcceptDelivery',
    accepted: { ...event, repoId: REPO.repoId, repo: REPO.repo, sequence: n, decision },
  });
  tape.repo({ ...REPO, type: 'RegisterBuild', buildId: id, trigger, sequence: n, origin });
  const registered = tape.messages.at(-1)?.event;
  if (registered?.type !== 'BuildRegistered') return id;
  const { build, supersedes, supersededBy } = registered.data;
  const request = { buildId: id, repoId: REPO.repoId, repo: REPO.repo, number: build.number, trigger, origin };
  tape.plan(id, { type: 'RequestBuild', request, ...(supersededBy === undefined ? {} : { supersededBy }) });
  for (const old of supersedes) tape.plan(old, { type: 'CancelBuild', reason: 'superseded', by: id });
  return id;
};

const planned = (tape: Tape, id: string, plan: Plan): void =>
  tape.plan(id, { type: 'PlanBuild', plan, diagnostics: [] });

const begin = (tape: Tape, id: string, job: string, attempt = 1, runner = 'runner-a'): void => {
  const holder = holderOf(attempt, runner);
  tape.plan(id, { type: 'QueueJobs', jobs: [job] });
  tape.job(id, job, { ...holder, type: 'StartJob', executor: 'docker', slot: `slot-${attempt}`, ticket: tape.messages.length });
  tape.job(id, job, { ...holder, type: 'StartStep', step: 0, name: 'prepare' });
  tape.job(id, job, { ...holder, type: 'FinishStep', step: 0, outcome: 'passed', exitCode: null, log: LOG });
  tape.job(id, job, { ...holder, type: 'StartStep', step: 1, name: 'echo hello' });
};

const end = (
  tape: Tape,
  id: string,
  job: string,
  outcome: JobOutcome,
  attempt = 1,
  runner = 'runner-a',
  wrote?: Record<string, string>,
): void => {
  const holder = holderOf(attempt, runner);
  const exitCode = { passed: 0, failed: 1, cancelled: null }[outcome];
  const failure: { failure?: Failure } = outcome === 'failed' ? { failure: STEP_FAILED } : {};
  const outputs = wrote ? { outputs: wrote } : {};
  tape.job(id, job, { ...holder, type: 'FinishStep', step: 1, outcome, exitCode, log: LOG });
  tape.job(id, job, { ...holder, type: 'FinishJob', outcome, ...failure, ...outputs });
  tape.tell(subjects.log(id, job), 'LogStored', { attempt, step: 1, ...LOG, complete: true }, `${attempt}.1`);
  settle(tape, id, { jobId: job, attempt, outcome, ...failure, ...outputs });
};

const settle = (tape: Tape, id: string, settled: SettledAttempt): void =>
  tape.plan(id, { type: 'SettleJobs', jobs: [settled] });

const close = (tape: Tape, id: string, state: string): void => {
  const status = { channel: 'github-status', context: 'cairn', sha: SHA, state, description: state, targetUrl: 'http://localhost/' } as const;
  tape.tell(subjects.notice(id), 'NotificationSent', status, state);
  tape.repo({ ...REPO, type: 'CloseBuild', buildId: id });
};

const passedWithNeeds = (tape: Tape): void => {
  tape.repo({ ...REPO, type: 'EnableRepo' });
  const id = push(tape, 1, triggerOf());
  planned(tape, id, planOf(['lint'], ['test', 'lint'], ['deploy', 'lint', 'test']));
  for (const job of ['lint', 'test', 'deploy']) {
    begin(tape, id, job);
    end(tape, id, job, 'passed');
  }
  close(tape, id, 'success');
};

const failedWithSkip = (tape: Tape): void => {
  const id = push(tape, 1, triggerOf());
  planned(tape, id, planOf(['lint'], ['test', 'lint'], ['deploy', 'test'], ['docs']));
  begin(tape, id, 'lint');
  begin(tape, id, 'docs');
  end(tape, id, 'lint', 'failed');
  end(tape, id, 'docs', 'passed');
  close(tape, id, 'failure');
};

const superseded = (tape: Tape): void => {
  const old = push(tape, 2, triggerOf());
  planned(tape, old, planOf(['lint'], ['test', 'lint']));
  begin(tape, old, 'lint');
  const newer = push(tape, 3, triggerOf({ title: 'Say hello twice' }));
  const late = push(tape, 1, triggerOf({ title: 'Came late' }));
  end(tape, old, 'lint', 'cancelled');
  planned(tape, newer, planOf(['lint']));
  begin(tape, newer, 'lint');
  end(tape, newer, 'lint', 'passed');
  for (const id of [late, old, newer]) close(tape, id, id === newer ? 'success' : 'error');
};

const lostThenPassed = (tape: Tape): void => {
  const id = push(tape, 1, triggerOf());
  planned(tape, id, planOf(['test']));
  begin(tape, id, 'test');
  tape.job(id, 'test', { type: 'LoseJob', attempt: 1, reason: 'its heartbeat is missing' });
  settle(tape, id, { jobId: 'test', attempt: 1, outcome: 'lost', failure: INFRASTRUCTURE });
  begin(tape, id, 'test', 2, 'runner-b');
  tape.job(id, 'test', { attempt: 2, runner: 'runner-b', epoch: 'runner-b-2', type: 'AdoptJob' });
  const adopted = { attempt: 2, runner: 'runner-b', epoch: 'runner-b-2' };
  tape.job(id, 'test', { ...adopted, type: 'FinishStep', step: 1, outcome: 'passed', exitCode: 0, log: LOG });
  tape.job(id, 'test', { ...adopted, type: 'FinishJob', outcome: 'passed' });
  settle(tape, id, { jobId: 'test', attempt: 2, outcome: 'passed' });
  close(tape, id, 'success');
};

const rejected = (tape: Tape): void => {
  tape.delivery(guidOf(9), {
    type: 'IgnoreDelivery',
    ignored: { event: 'ping', sequence: 9, reason: 'event-not-handled', detail: 'ping is not handled' },
  });
  const id = push(tape, 1, triggerOf());
  const diagnostics = [{ severity: 'error' as const, message: 'there is no job lnt', line: 3, column: 5 }];
  tape.plan(id, { type: 'RejectBuild', diagnostics });
  close(tape, id, 'error');
};

const forkApproval = (tape: Tape): void => {
  const id = push(tape, 1, forkTrigger());
  planned(tape, id, planOf(['test']));
  tape.plan(id, { type: 'ApproveBuild', sha: SHA });
  tape.request(guidOf(2), { type: 'AcceptRequest', accepted: { kind: 'approve', buildId: id, sequence: 1 } });
  begin(tape, id, 'test');
  end(tape, id, 'test', 'passed');
  close(tape, id, 'success');
  const closed = push(tape, 3, forkTrigger({ title: 'Say hello again' }));
  planned(tape, closed, planOf(['test']));
  tape.repo({ ...REPO, type: 'CloseRef', ref: 'refs/pull/7/head', sequence: 4 });
  tape.plan(closed, { type: 'CancelBuild', reason: 'closed' });
  close(tape, closed, 'error');
};

const group = (tape: Tape): void => {
  for (const holder of ['build-a', 'build-b', 'build-c']) tape.group('production', { type: 'Acquire', holder });
  tape.group('production', { type: 'Release', holder: 'build-b' });
  tape.group('production', { type: 'Release', holder: 'build-a' });
  tape.repo({ ...REPO, type: 'DisableRepo' });
  tape.request(guidOf(5), { type: 'RefuseRequest', refused: { kind: 'cancel', detail: 'the build is over' } });
};

/** A matrix whose second cell fails: the third is not begun, what needs it is lost, what tidies up runs. */
const matrixFailFast = (tape: Tape): void => {
  const id = push(tape, 1, triggerOf());
  const cells = ['20', '22', '24'].map((node) => cellOf('test', { node }));
  const [first = '', second = ''] = cells.map((cell) => cell.id);
  planned(
    tape,
    id,
    planOfJobs([...cells, plannedJob('deploy', ['test']), plannedJob('tidy', ['test'])], {
      test: { failFast: true, maxParallel: 2 },
      tidy: { when: { status: ['passed', 'failed'], line: 12 } },
    }),
  );
  begin(tape, id, first);
  begin(tape, id, second);
  end(tape, id, second, 'failed');
  end(tape, id, first, 'passed');
  begin(tape, id, 'tidy');
  end(tape, id, 'tidy', 'passed');
  close(tape, id, 'failure');
};

/** Jobs that their own conditions skip: with the plan, and when it is known what a need wrote. */
const skippedByWhen = (tape: Tape): void => {
  const id = push(tape, 1, triggerOf());
  const why = { runs: false, detail: 'only on `main`, this is `feature`', line: 9 };
  planned(
    tape,
    id,
    planOfJobs(
      [
        plannedJob('build'),
        plannedJob('release', [], { why }),
        plannedJob('upload', ['build']),
        plannedJob('tell', ['release', 'upload']),
      ],
      { upload: { when: { expression: "needs.build.UPLOAD == 'yes'", line: 14 } } },
    ),
  );
  begin(tape, id, 'build');
  end(tape, id, 'build', 'passed', 1, 'runner-a', { UPLOAD: 'no' });
  begin(tape, id, 'tell');
  end(tape, id, 'tell', 'passed');
  close(tape, id, 'success');
};

const allowedFailure = (tape: Tape): void => {
  const id = push(tape, 1, triggerOf());
  planned(
    tape,
    id,
    planOfJobs([plannedJob('lint'), plannedJob('test', ['lint'])], { lint: { allowFailure: true } }),
  );
  begin(tape, id, 'lint');
  end(tape, id, 'lint', 'failed');
  begin(tape, id, 'test');
  end(tape, id, 'test', 'passed');
  close(tape, id, 'success');
};

const commandRetry = (tape: Tape): void => {
  const id = push(tape, 1, triggerOf());
  planned(tape, id, planOfJobs([plannedJob('test')], { test: { commandRetries: 2 } }));
  begin(tape, id, 'test');
  end(tape, id, 'test', 'failed');
  begin(tape, id, 'test', 2);
  end(tape, id, 'test', 'passed', 2);
  close(tape, id, 'success');
};

/** A schedule comes with the default branch, and is built once. */
const scheduled = (tape: Tape): void => {
  const cron = '0 3 * * *';
  const slot = '2026-01-01T03:00:00.000Z';
  tape.repo({ ...REPO, type: 'EnableRepo' });
  tape.repo({ ...REPO, type: 'SetSchedules', schedules: [{ cron, line: 4 }] });
  const origin = { kind: 'schedule' as const, id: `gh-1 ${cron} ${slot}` };
  const id = buildId(tape.messages.length, origin.id);
  const trigger = triggerOf({ event: 'schedule', ref: 'refs/heads/main', branch: 'main', isDefaultBranch: true });
  const register = { ...REPO, type: 'RegisterBuild', buildId: id, trigger, origin, schedule: { cron, slot } } as const;
  tape.repo(register);
  tape.repo({ ...register, buildId: buildId(0, 'another planner') });
  tape.plan(id, {
    type: 'RequestBuild',
    request: { buildId: id, repoId: REPO.repoId, repo: REPO.repo, number: 1, trigger, origin },
  });
  planned(tape, id, planOf(['test']));
  begin(tape, id, 'test');
  end(tape, id, 'test', 'passed');
  close(tape, id, 'success');
};

/** A job that a person approves runs on when a newer push comes; a newer build that wants its group ends what holds it. */
const jobApproval = (tape: Tape): void => {
  const jobs = [plannedJob('build'), plannedJob('deploy', ['build']), plannedJob('tell', ['deploy'])];
  const old = push(tape, 1, triggerOf());
  planned(tape, old, planOfJobs(jobs, { deploy: { approval: true } }));
  begin(tape, old, 'build');
  end(tape, old, 'build', 'passed');
  tape.plan(old, { type: 'ApproveJob', job: 'deploy', sha: SHA });
  begin(tape, old, 'deploy');
  const newer = push(tape, 2, triggerOf({ title: 'Say hello twice' }));
  end(tape, old, 'deploy', 'passed');
  close(tape, old, 'error');
  planned(tape, newer, planOfJobs(jobs.slice(0, 2), { deploy: { approval: true } }));
  begin(tape, newer, 'build');
  end(tape, newer, 'build', 'passed');
  tape.plan(newer, { type: 'ExpireApprovals', before: '2027-01-01T00:00:00.000Z' });
  close(tape, newer, 'failure');
};

/** A newer build takes a group: the older one's job that runs in it ends, and the one that waits for it. */
const groupTaken = (tape: Tape): void => {
  const id = push(tape, 1, triggerOf());
  const group = { name: 'site', cancel: true };
  planned(tape, id, planOfJobs([plannedJob('site', [], { group }), plannedJob('pages', [], { group })]));
  tape.group('site', { type: 'Acquire', holder: `${id}.site` });
  begin(tape, id, 'site');
  tape.plan(id, { type: 'CancelJobs', jobs: ['site', 'pages'], group: 'site', by: 'a newer build' });
  end(tape, id, 'site', 'cancelled');
  tape.group('site', { type: 'Release', holder: `${id}.site` });
  close(tape, id, 'error');
};

/** What was recorded: the name of a pair of files, and how it came about. */
export const SCENARIOS: Readonly<Record<string, (tape: Tape) => void>> = {
  'passed-with-needs': passedWithNeeds,
  'failed-with-skip': failedWithSkip,
  superseded,
  'lost-then-passed': lostThenPassed,
  rejected,
  'fork-approval': forkApproval,
  group,
  'matrix-fail-fast': matrixFailFast,
  'skipped-by-when': skippedByWhen,
  'allowed-failure': allowedFailure,
  'command-retry': commandRetry,
  scheduled,
  'job-approval': jobApproval,
  'group-taken': groupTaken,
};
