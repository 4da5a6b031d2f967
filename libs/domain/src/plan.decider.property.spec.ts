import fc from 'fast-check';
import { CommandRefused } from '#errors';
import {
  subjects,
  type AttemptOutcome,
  type EarlierStatus,
  type Failure,
  type JobTemplate,
  type PlanEvent,
  type PlannedJob,
} from '#events';
import {
  BUILD_ID,
  INFRASTRUCTURE,
  SHA,
  STEP_FAILED,
  cellOf,
  context,
  forkTrigger,
  planOfJobs,
  requestOf,
  triggerOf,
} from '#testing';
import { planDecider, type PlanCommand, type SettledAttempt } from './plan.decider.js';
import { evolvePlan, initialPlan, isOver, isSettled, type PlanJob, type PlanState } from './plan.state.js';
import { expectSurvey } from './plan.survey.contract.js';
import { readyJobs, surveyOf } from './plan.survey.js';

/** How an attempt ends: `spoilt` by the engine, `lost` with its runner. */
type Fate = 'passed' | 'failed' | 'spoilt' | 'lost';
type Case = Readonly<{
  jobs: readonly PlannedJob[];
  templates: Readonly<Record<string, Partial<JobTemplate>>>;
  fates: ReadonlyMap<string, readonly Fate[]>;
  fork: boolean;
}>;
type Attempt = Readonly<{ jobId: string; attempt: number }>;

/** What a fate looks like to the planner. */
const ENDS: Record<Fate, Readonly<{ outcome: AttemptOutcome; failure?: Failure }>> = {
  passed: { outcome: 'passed' },
  failed: { outcome: 'failed', failure: STEP_FAILED },
  spoilt: { outcome: 'failed', failure: INFRASTRUCTURE },
  lost: { outcome: 'lost', failure: INFRASTRUCTURE },
};

const fateOf = ({ fates }: Case, { jobId, attempt }: Attempt): Fate => fates.get(jobId)?.[attempt - 1] ?? 'passed';

/** One job of the spec with its cells; `fates`: of each cell, by attempt. */
type Row = Readonly<{
  needs: readonly number[];
  optional: boolean;
  retries: number;
  runs: boolean;
  template: Partial<JobTemplate>;
  fates: readonly (readonly Fate[])[];
}>;

const ENDS_OF_NEEDS: readonly EarlierStatus[] = ['passed', 'failed', 'cancelled'];
const sometimes = <T extends object>(value: T): fc.Arbitrary<T | object> =>
  fc.constantFrom<T | object>({}, {}, {}, value);
const fate = fc.constantFrom<Fate>('passed', 'passed', 'passed', 'failed', 'spoilt', 'lost');

const row: fc.Arbitrary<Row> = fc.record({
  needs: fc.array(fc.nat(5), { maxLength: 3 }),
  optional: fc.boolean(),
  retries: fc.nat(2),
  runs: fc.constantFrom(true, true, true, false),
  template: fc
    .tuple(
      sometimes({ allowFailure: true as const }),
      sometimes({ commandRetries: 1 }),
      sometimes({ maxParallel: 1 }),
      sometimes({ approval: true as const }),
      fc.option(fc.subarray([...ENDS_OF_NEEDS], { minLength: 1 }), { nil: undefined, freq: 3 }),
    )
    .map(([mayFail, retries, limit, approval, status]) => ({
      ...mayFail,
      ...retries,
      ...limit,
      ...approval,
      ...(status && { when: { status } }),
    })),
  fates: fc.array(fc.array(fate, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
});

const nameOf = (index: number): string => (index === 0 ? 'constructor' : `job-${index}`);

const caseOf = (rows: readonly Row[], fork: boolean): Case => {
  const cells = rows.flatMap(({ fates, ...of }, index) => fates.map((cell, n) => ({ ...of, index, fates: cell, n })));
  const jobs = cells.map(({ needs, optional, retries, runs, index, n }) => {
    const earlier = [...new Set(needs.filter((need) => need < index))].map(nameOf);
    return cellOf(nameOf(index), n === 0 ? {} : { n: String(n) }, earlier, {
      infrastructureRetries: retries,
      ...(optional ? { optionalNeeds: earlier } : {}),
      ...(runs ? {} : { why: { runs, detail: 'not here' } }),
    });
  });
  const templates = Object.fromEntries(rows.map(({ template }, index) => [nameOf(index), template]));
  return { jobs, templates, fates: new Map(cells.map(({ fates }, at) => [jobs[at]?.id ?? '', fates])), fork };
};

const casesOf = (rows: fc.Arbitrary<Row>): fc.Arbitrary<Case> =>
  fc.tuple(fc.array(rows, { minLength: 1, maxLength: 6 }), fc.boolean()).map(([all, fork]) => caseOf(all, fork));

const cases = casesOf(row);
/** What ends how depends on the order then. */
const fastCases = casesOf(
  fc.tuple(row, fc.boolean()).map(([one, failFast]) => ({
    ...one,
    template: { ...one.template, ...(failFast ? { failFast: true as const } : {}) },
  })),
);

type Step = Readonly<{ pick: number; crash: number | undefined; kind: number; again: boolean }>;
const steps = fc.array(
  fc.record({
    pick: fc.nat(50),
    crash: fc.option(fc.nat(3), { nil: undefined }),
    kind: fc.nat(9),
    again: fc.boolean(),
  }),
  { maxLength: 60 },
);

type End = 'passed' | 'failed' | 'allowed' | 'by when' | 'after failure';

/** How a job that runs ends, by its fates and its retries. */
const endOfRun = (test: Case, { id, name, infrastructureRetries }: PlannedJob): End => {
  const { commandRetries = 0, allowFailure } = test.templates[name] ?? {};
  const left = { spoilt: infrastructureRetries, failed: commandRetries };
  for (let attempt = 1; ; attempt += 1) {
    const fate = fateOf(test, { jobId: id, attempt });
    if (fate === 'passed') return 'passed';
    const kind = fate === 'failed' ? 'failed' : 'spoilt';
    if (left[kind] === 0) return allowFailure ? 'allowed' : 'failed';
    left[kind] -= 1;
  }
};

/** How each job ends when nothing goes wrong but what the jobs do themselves. */
const endsOf = (test: Case): ReadonlyMap<string, End> => {
  const ends = new Map<string, End>();
  for (const job of test.jobs) {
    const isLost = test.jobs.some(({ id, name }) => {
      const end = ends.get(id);
      if (!job.needs.includes(name) || name === job.name) return false;
      return end === 'failed' || (end === 'after failure' && !job.optionalNeeds?.includes(name));
    });
    const status = test.templates[job.name]?.when?.status ?? ['passed'];
    if (job.why?.runs === false) ends.set(job.id, 'by when');
    else if (status.includes(isLost ? 'failed' : 'passed')) ends.set(job.id, endOfRun(test, job));
    else ends.set(job.id, isLost ? 'after failure' : 'by when');
  }
  return ends;
};

const STATUS: Record<End, string> = {
  ...{ passed: 'passed', failed: 'failed', allowed: 'failed' },
  ...{ 'by when': 'skipped', 'after failure': 'skipped' },
};
const expected = (test: Case): ReadonlyMap<string, string> =>
  new Map([...endsOf(test)].map(([id, end]) => [id, STATUS[end]]));
const expectedEnd = (test: Case): string =>
  [...endsOf(test).values()].some((end) => end === 'failed' || end === 'after failure') ? 'failed' : 'passed';

/** A planner whose handlers die between any two writes and get their messages again, in any order and any number. */
class World {
  state: PlanState = initialPlan();
  readonly history: PlanEvent[] = [];
  readonly #subject = subjects.plan(BUILD_ID);
  #causes = 0;
  /** Messages that are not acknowledged. */
  readonly pending: PlanCommand[] = [];
  readonly #handled: PlanCommand[] = [];

  constructor(readonly test: Case) {
    const trigger = test.fork ? forkTrigger() : triggerOf();
    this.send({ type: 'RequestBuild', request: requestOf(trigger) });
  }

  send<C extends Omit<PlanCommand, 'subject' | 'at' | 'cause' | 'actor'>>(command: C): void {
    this.pending.push({ ...context(this.#subject, `cause ${(this.#causes += 1)}`), ...command } as never);
  }

  /** Handles one message; after `crash` events the handler dies, and its message stays. */
  handle(index: number, crash?: number): void {
    const command = this.pending.splice(index % this.pending.length, 1)[0];
    if (!command) return;
    let events: readonly PlanEvent[];
    try {
      events = planDecider.decide(this.state, command);
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error;
      return;
    }
    const written = events.slice(0, crash ?? events.length);
    for (const event of written) this.write(event);
    (written.length < events.length ? this.pending : this.#handled).push(command);
  }

  step({ pick, crash, kind, again }: Step): void {
    const repeated = this.#handled[pick % Math.max(1, this.#handled.length)];
    if (again && repeated) this.pending.push(repeated);
    if (kind === 0) this.settleTogether();
    else if (kind <= 3) this.admit(pick);
    else if (kind === 4 && this.test.fork) this.send({ type: 'ApproveBuild', sha: SHA });
    else if (kind === 5) this.approve();
    if (this.pending.length > 0) this.handle(pick, crash);
  }

  /** Several outcomes in one command. */
  private settleTogether(): void {
    const jobs = this.pending.flatMap((command) => (command.type === 'SettleJobs' ? command.jobs : []));
    if (jobs.length > 0) this.send({ type: 'SettleJobs', jobs });
  }

  /** Of all jobs, wanted or not: what may run is for the decider to say. */
  admit(pick: number): void {
    const ids = this.test.jobs.map(({ id }) => id).filter((_, index) => ((pick >> (index % 5)) & 1) === 0);
    this.send({ type: 'QueueJobs', jobs: ids });
  }

  /** Of all jobs, asked about or not. */
  private approve(): void {
    for (const { id } of this.test.jobs) this.send({ type: 'ApproveJob', job: id, sha: SHA });
  }

  /** From here on nothing dies. */
  drain(): void {
    for (let quiet = false; !quiet;) {
      while (this.pending.length > 0) this.handle(0);
      if (this.state.awaitsApproval && !isOver(this.state)) this.send({ type: 'ApproveBuild', sha: SHA });
      if (this.open().some(({ status }) => status === 'awaiting_approval') && !isOver(this.state)) this.approve();
      const ready = readyJobs(this.state).map(({ planned }) => planned.id);
      if (ready.length > 0) this.send({ type: 'QueueJobs', jobs: ready });
      quiet = this.pending.length === 0;
    }
  }

  private write(event: PlanEvent): void {
    this.check(event);
    this.state = evolvePlan(this.state, event);
    this.history.push(event);
    expectSurvey(this.state);
    // what was carried over from state to state is what a fold from the beginning comes to
    expect(surveyOf(this.state)).toEqual(surveyOf(this.history.reduce(evolvePlan, initialPlan())));
    if (event.type === 'BuildRequested')
      this.send({ type: 'PlanBuild', plan: planOfJobs(this.test.jobs, this.test.templates), diagnostics: [] });
    if (event.type === 'JobsQueued')
      for (const { jobId, attempt } of event.data.jobs) {
        const settled: SettledAttempt = { jobId, attempt, ...ENDS[fateOf(this.test, { jobId, attempt })] };
        this.send({ type: 'SettleJobs', jobs: [settled] });
      }
  }

  private open(): readonly PlanJob[] {
    return [...this.state.jobs.values()].filter((job) => !isSettled(job));
  }

  /** What must hold for every single event, whatever happened before. */
  private check(event: PlanEvent): void {
    const { state } = this;
    expect(isOver(state)).toBe(false);
    expect(this.history.map(({ id }) => id)).not.toContain(event.id);
    if (event.type === 'JobsQueued')
      for (const { jobId, attempt } of event.data.jobs) {
        const job = state.jobs.get(jobId);
        expect(state.cancelled).toBeUndefined();
        expect(!this.test.fork || this.history.some(({ type }) => type === 'BuildApproved')).toBe(true);
        const { commandRetries = 0, maxParallel = Infinity } = this.test.templates[job?.planned.name ?? ''] ?? {};
        expect(this.open().filter(({ planned: { name } }) => job?.planned.needs.includes(name))).toEqual([]);
        expect(job).toMatchObject({ status: 'waiting', attempt: attempt - 1 });
        const { approval } = this.test.templates[job?.planned.name ?? ''] ?? {};
        expect(approval && job?.approvedBy === undefined).toBeFalsy();
        expect(attempt).toBeLessThanOrEqual((job?.planned.infrastructureRetries ?? 0) + commandRetries + 1);
        const running = (row: { jobId: string }): boolean =>
          state.jobs.get(row.jobId)?.planned.name === job?.planned.name;
        const queued = this.open().filter(
          ({ status, planned: { name } }) => status === 'queued' && name === job?.planned.name,
        );
        expect(queued.length + event.data.jobs.filter(running).length).toBeLessThanOrEqual(maxParallel);
      }
    if (event.type === 'BuildPlanned' || event.type === 'BuildAwaitingApproval' || event.type === 'BuildFinished')
      expect(this.history.filter(({ type }) => type === event.type)).toEqual([]);
  }
}

const statusesOf = (state: PlanState) => new Map([...state.jobs].map(([id, { status }]) => [id, status]));

describe('plan decider, over any plan, order and crash', () => {
  it('ends as it would have without crashes, duplicates and reordering', () => {
    fc.assert(
      fc.property(cases, steps, (test, script) => {
        const world = new World(test);
        script.forEach((step) => world.step(step));
        world.drain();
        expect(statusesOf(world.state)).toEqual(expected(test));
        expect(world.state.finished).toBe(expectedEnd(test));
      }),
      { numRuns: 400 },
    );
  });

  it('ends after a cancellation at any moment, and begins nothing after it', () => {
    fc.assert(
      fc.property(fastCases, steps, fc.nat(40), (test, script, when) => {
        const world = new World(test);
        script.forEach((step, index) => {
          if (index === when && world.state.request) world.send({ type: 'CancelBuild', reason: 'user' });
          world.step(step);
        });
        world.drain();
        const wasCancelled = world.history.some(({ type }) => type === 'BuildCancelled');
        expect(world.state.finished).toBe(wasCancelled ? 'cancelled' : expectedEnd(test));
        expect([...world.state.jobs.values()].every(isSettled)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('folds any prefix of a history without an error, and the same way each time', () => {
    fc.assert(
      fc.property(cases, steps, (test, script) => {
        const world = new World(test);
        script.forEach((step) => world.step(step));
        world.drain();
        world.history.forEach((_, length) => void world.history.slice(length).reduce(evolvePlan, initialPlan()));
        expect(world.history.reduce(evolvePlan, initialPlan())).toEqual(world.state);
      }),
      { numRuns: 100 },
    );
  });
});
