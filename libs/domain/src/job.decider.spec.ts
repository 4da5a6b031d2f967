import fc from 'fast-check';
import { AttemptSuperseded } from '#errors';
import { subjects, type Ending, type JobEvent } from '#events';
import {
  BUILD_ID,
  INFRASTRUCTURE,
  artifactStored,
  endPhaseReached,
  context,
  jobAdopted,
  jobFinished,
  jobLost,
  jobStarted,
  specify,
  stepFinished,
  stepStarted,
  testsReported,
} from '#testing';
import { jobDecider, type Holder, type JobCommand } from './job.decider.js';

const given = specify(jobDecider);
const CONTEXT = context(subjects.job(BUILD_ID, 'test'));
const LOG = { lines: 1, bytes: 6, chain: 'c'.repeat(64) };

const holder = (attempt = 1, runner = 'runner-a', epoch = 'epoch-1'): Holder => ({ attempt, runner, epoch });
const start = (by = holder(), ticket = 100 + by.attempt): JobCommand => ({
  ...CONTEXT,
  ...by,
  type: 'StartJob',
  executor: 'docker',
  slot: 'slot-1',
  ticket,
});
const adopt = (by: Holder): JobCommand => ({ ...CONTEXT, ...by, type: 'AdoptJob' });
const startStep = (step: number, by = holder()): JobCommand => ({
  ...CONTEXT,
  ...by,
  type: 'StartStep',
  step,
  name: `step ${step}`,
});
const finishStep = (step: number, by = holder()): JobCommand => ({
  ...CONTEXT,
  ...by,
  type: 'FinishStep',
  step,
  outcome: 'passed',
  exitCode: 0,
  log: LOG,
});
const store = (name: string, by = holder()): JobCommand => ({
  ...{ ...CONTEXT, ...by, type: 'StoreArtifact', name },
  ...{ bytes: 6, sha256: 'a'.repeat(64), key: `key-of-${name}` },
});
const reportTests = (by = holder()): JobCommand => {
  const { attempt: _, ...tests } = testsReported(1).data;
  return { ...CONTEXT, ...by, type: 'ReportTests', ...tests };
};
const reach = (ending: Ending, by = holder()): JobCommand => ({ ...CONTEXT, ...by, ...ending, type: 'ReachEndPhase' });
const finish = (by = holder()): JobCommand => ({ ...CONTEXT, ...by, type: 'FinishJob', outcome: 'passed' });
const lose = (attempt = 1): JobCommand => ({
  ...CONTEXT,
  type: 'LoseJob',
  attempt,
  reason: 'its heartbeat is missing',
});
const withdraw = (attempt = 1): JobCommand => ({ ...CONTEXT, type: 'WithdrawJob', attempt });

const OTHER_RUNNER = holder(1, 'runner-b');
const OTHER_EPOCH = holder(1, 'runner-a', 'epoch-2');

describe('job decider', () => {
  it('tells an attempt from its start to its end', () => {
    given().when(start()).then(jobStarted(1));
    given(jobStarted(1)).when(startStep(0)).then(stepStarted(1, 0));
    given(jobStarted(1), stepStarted(1, 0)).when(finishStep(0)).then(stepFinished(1, 0));
    given(jobStarted(1), stepStarted(1, 0), stepFinished(1, 0)).when(finish()).then(jobFinished(1));
  });

  it('passes on what the job wrote for others', () =>
    given(jobStarted(1))
      .when({ ...CONTEXT, ...holder(), type: 'FinishJob', outcome: 'passed', outputs: { VERSION: '1.2' } })
      .then({ type: 'JobFinished', data: { attempt: 1, outcome: 'passed', outputs: { VERSION: '1.2' } } }));

  it('changes nothing when its holder says the same again', () => {
    given(jobStarted(1)).when(start()).thenNothing();
    given(jobStarted(1), stepStarted(1, 0)).when(startStep(0)).thenNothing();
    given(jobStarted(1), stepStarted(1, 0), stepFinished(1, 0)).when(finishStep(0)).thenNothing();
    given(jobStarted(1), stepStarted(1, 0), stepFinished(1, 0)).when(startStep(0)).thenNothing();
    given(jobStarted(1), jobFinished(1)).when(finish()).thenNothing();
    given(jobStarted(1), jobAdopted(1, 'epoch-2')).when(adopt(OTHER_EPOCH)).thenNothing();
    given(jobStarted(1), jobLost(1)).when(lose()).thenNothing();
    given(jobFinished(1, 'cancelled')).when(withdraw()).thenNothing();
  });

  it.each([OTHER_RUNNER, OTHER_EPOCH])('refuses whoever does not hold it: $runner, $epoch', (by) => {
    const running = given(jobStarted(1), stepStarted(1, 0));
    for (const command of [start(by), startStep(1, by), finishStep(0, by), finish(by)])
      running.when(command).thenThrows(AttemptSuperseded);
    given(jobStarted(1), jobFinished(1)).when(finish(by)).thenThrows(AttemptSuperseded);
  });

  it('takes nothing of an attempt given up for dead', () => {
    for (const past of [
      given(jobStarted(1), stepStarted(1, 0), jobLost(1)),
      given(jobStarted(1), jobLost(1), jobStarted(2, { runner: 'runner-b' })),
      given(jobStarted(1), jobLost(1), jobStarted(2)),
    ])
      for (const command of [start(), adopt(OTHER_EPOCH), startStep(1), finishStep(0), finish()])
        past.when(command).thenThrows(AttemptSuperseded);
  });

  it('starts the next attempt of a lost job, on any runner', () => {
    given(jobStarted(1), jobLost(1))
      .when(start(holder(2)))
      .then(jobStarted(2));
    given(jobStarted(1), jobLost(1))
      .when(start(holder(2, 'runner-b')))
      .then(jobStarted(2, { runner: 'runner-b' }));
  });

  it('forgets the steps of the attempt before', () =>
    given(jobStarted(1), stepStarted(1, 0), jobLost(1), jobStarted(2))
      .when(startStep(0, holder(2)))
      .then(stepStarted(2, 0)));

  it('goes over to the same runner as another process, and fences the one before', () => {
    const adopted = given(jobStarted(1), stepStarted(1, 0), jobAdopted(1, 'epoch-2'));
    given(jobStarted(1)).when(adopt(OTHER_EPOCH)).then(jobAdopted(1, 'epoch-2'));
    given(jobStarted(1)).when(adopt(OTHER_RUNNER)).thenThrows(AttemptSuperseded);
    adopted.when(finishStep(0, OTHER_EPOCH)).then(stepFinished(1, 0));
    adopted.when(finishStep(0)).thenThrows(AttemptSuperseded);
    adopted.when(finish()).thenThrows(AttemptSuperseded);
  });

  it('does not let the process before call the end of its successor its own', () =>
    given(jobStarted(1), jobAdopted(1, 'epoch-2'), jobFinished(1)).when(finish()).thenThrows(AttemptSuperseded));

  it('is lost only while it runs', () => {
    given(jobStarted(1)).when(lose()).then(jobLost(1));
    given().when(lose()).thenNothing();
    given(jobStarted(1), jobFinished(1)).when(lose()).thenNothing();
    given(jobStarted(2)).when(lose(1)).thenNothing();
  });

  it('is withdrawn only when no runner has begun, and cannot be begun after that', () => {
    given().when(withdraw()).then(jobFinished(1, 'cancelled'));
    given(jobStarted(1)).when(withdraw()).thenNothing();
    given(jobFinished(1, 'cancelled')).when(start()).thenThrows(AttemptSuperseded);
    given(jobFinished(1, 'cancelled')).when(finish()).thenThrows(AttemptSuperseded);
  });

  it('keeps nothing of an earlier attempt when the next is withdrawn', () => {
    const past = [jobStarted(1), jobFinished(1, 'failed', INFRASTRUCTURE), jobFinished(2, 'cancelled')];
    const state = past.reduce(jobDecider.evolve, jobDecider.initialState());
    expect(state).toMatchObject({ status: 'ended', attempt: 2, outcome: 'cancelled', runner: '', ticket: 0 });
    expect(state.failure).toBeUndefined();
    given(...past)
      .when(finish(holder(2)))
      .thenThrows(AttemptSuperseded);
  });

  it('keeps each artifact of an attempt once, for its holder', async () => {
    await given(jobStarted(1)).when(store('dist/a')).then(artifactStored(1, 'dist/a'));
    await given(jobStarted(1), artifactStored(1, 'dist/a')).when(store('dist/a')).thenNothing();
    await given(jobStarted(1), artifactStored(1, 'dist/a')).when(store('dist/b')).then(artifactStored(1, 'dist/b'));
    await given(jobStarted(1), artifactStored(1, 'dist/a'), jobLost(1), jobStarted(2))
      .when(store('dist/a', holder(2)))
      .then(artifactStored(2, 'dist/a'));
    await given(jobStarted(1), jobLost(1)).when(store('dist/a')).thenThrows(AttemptSuperseded);
    await given(jobStarted(1)).when(store('dist/a', OTHER_RUNNER)).thenThrows(AttemptSuperseded);
  });

  it('takes the results of tests once for each attempt, of its holder', async () => {
    await given(jobStarted(1)).when(reportTests()).then(testsReported(1));
    await given(jobStarted(1), testsReported(1)).when(reportTests()).thenNothing();
    await given(jobStarted(1), testsReported(1), jobLost(1), jobStarted(2))
      .when(reportTests(holder(2)))
      .then(testsReported(2));
    await given(jobStarted(1), jobLost(1)).when(reportTests()).thenThrows(AttemptSuperseded);
    await given(jobStarted(1)).when(reportTests(OTHER_RUNNER)).thenThrows(AttemptSuperseded);
  });

  const SIGNALLED: Ending = { phase: 'signalled', reason: 'cancelled', step: 1, graceMs: 10_000 };
  const KILLED: Ending = { phase: 'killed', reason: 'cancelled', step: 1, graceMs: 10_000 };
  const REMOVED: Ending = { phase: 'removed', reason: 'cancelled' };

  it('tells each phase of an ending once, and of another try again, so that who does not know them skips them', async () => {
    const signalled = endPhaseReached(1, SIGNALLED);
    await given(jobStarted(1)).when(reach(SIGNALLED)).then(signalled);
    await given(jobStarted(1), signalled).when(reach(SIGNALLED)).thenNothing();
    await given(jobStarted(1), signalled).when(reach(KILLED)).then(endPhaseReached(1, KILLED));
    const again = { ...SIGNALLED, try: 2 };
    await given(jobStarted(1), signalled).when(reach(again)).then(endPhaseReached(1, again));
    const started = jobDecider.evolve(jobDecider.initialState(), jobStarted(1));
    expect(jobDecider.decide(started, reach(SIGNALLED))).toMatchObject([{ ignorable: true }]);
  });

  it('takes the phases of an ending from the holder alone', async () => {
    for (const by of [OTHER_RUNNER, OTHER_EPOCH])
      await given(jobStarted(1)).when(reach(SIGNALLED, by)).thenThrows(AttemptSuperseded);
    await given(jobStarted(1), jobLost(1)).when(reach(SIGNALLED)).thenThrows(AttemptSuperseded);
    await given(jobStarted(1), jobFinished(1)).when(reach(SIGNALLED)).thenThrows(AttemptSuperseded);
  });

  it('hears of the removal after the end, from the same runner, as long as there is no next attempt', async () => {
    const removed = endPhaseReached(1, REMOVED);
    await given(jobStarted(1), jobFinished(1, 'cancelled')).when(reach(REMOVED)).then(removed);
    await given(jobStarted(1), jobLost(1)).when(reach(REMOVED, OTHER_EPOCH)).then(removed);
    await given(jobStarted(1), jobAdopted(1, 'epoch-2')).when(reach(REMOVED)).thenNothing();
    await given(jobStarted(1), jobLost(1), removed).when(reach(REMOVED)).thenNothing();
    await given(jobStarted(1), jobLost(1)).when(reach(REMOVED, OTHER_RUNNER)).thenNothing();
    await given(jobStarted(1), jobLost(1), jobStarted(2)).when(reach(REMOVED)).thenNothing();
  });

  it('never gives two facts one id', () => {
    const steps = [startStep(0), finishStep(0), startStep(1), finishStep(1)];
    const told: readonly JobCommand[] = [
      start(),
      ...steps,
      store('1'),
      store('2'),
      reportTests(),
      reach(SIGNALLED),
      lose(),
    ];
    const next = [
      start(holder(2)),
      store('1', holder(2)),
      reportTests(holder(2)),
      reach(SIGNALLED, holder(2)),
      startStep(0, holder(2)),
      finishStep(0, holder(2)),
      finish(holder(2)),
    ];
    const ids = [...told, ...next].reduce<readonly JobEvent[]>(
      (past, command) => [
        ...past,
        ...jobDecider.decide(past.reduce(jobDecider.evolve, jobDecider.initialState()), command),
      ],
      [],
    );
    expect(ids).toHaveLength(17);
    expect(new Set(ids.map(({ id }) => id)).size).toBe(17);
  });

  it('writes for the holder only, whoever speaks in whatever order', () => {
    const someone = fc.record({
      attempt: fc.integer({ min: 1, max: 4 }),
      runner: fc.constantFrom('runner-a', 'runner-b'),
      epoch: fc.constantFrom('epoch-1', 'epoch-2'),
    });
    const command = someone.chain((by) =>
      fc.constantFrom<JobCommand>(
        start(by),
        adopt(by),
        startStep(0, by),
        finishStep(0, by),
        startStep(1, by),
        store('a', by),
        reportTests(by),
        reach(SIGNALLED, by),
        finish(by),
        lose(by.attempt),
        withdraw(by.attempt),
      ),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        let state = jobDecider.initialState();
        let held: Holder | undefined;
        for (const next of commands) {
          let events: readonly JobEvent[] = [];
          try {
            events = jobDecider.decide(state, next);
          } catch (error) {
            expect(error).toBeInstanceOf(AttemptSuperseded);
          }
          for (const event of events) {
            const { attempt } = event.data;
            if (event.type === 'JobStarted') {
              expect(attempt).toBeGreaterThan(state.attempt);
              held = event.data;
            } else if (event.type === 'JobLost') {
              expect(attempt).toBe(held?.attempt);
              held = undefined;
            } else if (next.type === 'WithdrawJob') {
              expect(attempt).toBeGreaterThan(state.attempt);
              held = undefined;
            } else {
              const { attempt: by, runner, epoch } = next as Holder;
              expect(attempt).toBe(by);
              expect({ attempt, runner }).toEqual({ attempt: held?.attempt, runner: held?.runner });
              if (event.type === 'JobAdopted') held = event.data;
              expect(epoch).toBe(held?.epoch);
              if (event.type === 'JobFinished') held = undefined;
            }
            state = jobDecider.evolve(state, event);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
