import fc from 'fast-check';
import { CommandRefused } from '#errors';
import { subjects, type AttemptOutcome, type Failure, type PlanEvent, type PlannedJob } from '#events';
import {
  BUILD_ID,
  INFRASTRUCTURE,
  SHA,
  STEP_FAILED,
  context,
  forkTrigger,
  plannedJob,
  planOfJobs,
  requestOf,
  triggerOf,
} from '#testing';
import { planDecider, type PlanCommand, type SettledAttempt } from './plan.decider.js';
import { evolvePlan, initialPlan, isOver, readyJobs, type PlanState } from './plan.state.js';

/** How an attempt ends: `spoilt` by the engine, `lost` with its runner. */
type Fate = 'passed' | 'failed' | 'spoilt' | 'lost';
type Case = Readonly<{ jobs: readonly PlannedJob[]; fates: ReadonlyMap<string, readonly Fate[]>; fork: boolean }>;
type Attempt = Readonly<{ jobId: string; attempt: number }>;

/** What a fate looks like to the planner. */
const ENDS: Record<Fate, Readonly<{ outcome: AttemptOutcome; failure?: Failure }>> = {
  passed: { outcome: 'passed' },
  failed: { outcome: 'failed', failure: STEP_FAILED },
  spoilt: { outcome: 'failed', failure: INFRASTRUCTURE },
  lost: { outcome: 'lost', failure: INFRASTRUCTURE },
};

const fateOf = ({ fates }: Case, { jobId, attempt }: Attempt): Fate => fates.get(jobId)?.[attempt - 1] ?? 'passed';

const cases: fc.Arbitrary<Case> = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(7), { maxLength: 3 }),
      retries: fc.nat(2),
      fates: fc.array(fc.constantFrom<Fate>('passed', 'passed', 'failed', 'spoilt', 'lost'), {
        minLength: 3,
        maxLength: 3,
      }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .chain((rows) =>
    fc.boolean().map((fork) => {
      const id = (index: number): string => (index === 0 ? 'constructor' : `job-${index}`);
      const jobs = rows.map(({ needs, retries }, index) => {
        const earlier = [...new Set(needs.filter((need) => need < index))].map(id);
        return plannedJob(id(index), earlier, { infrastructureRetries: retries });
      });
      return { jobs, fates: new Map(rows.map(({ fates }, index) => [id(index), fates])), fork };
    }),
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

/** How the build ends when nothing goes wrong but what its jobs do themselves. */
const expected = (test: Case): ReadonlyMap<string, string> => {
  const ends = new Map<string, string>();
  for (const { id, needs, infrastructureRetries } of test.jobs) {
    if (needs.some((need) => ends.get(need) !== 'passed')) {
      ends.set(id, 'skipped');
      continue;
    }
    let attempt = 1;
    while (attempt <= infrastructureRetries && ['spoilt', 'lost'].includes(fateOf(test, { jobId: id, attempt })))
      attempt += 1;
    ends.set(id, fateOf(test, { jobId: id, attempt }) === 'passed' ? 'passed' : 'failed');
  }
  return ends;
};

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

  /** From here on nothing dies. */
  drain(): void {
    for (let quiet = false; !quiet;) {
      while (this.pending.length > 0) this.handle(0);
      if (this.state.awaitsApproval && !isOver(this.state)) this.send({ type: 'ApproveBuild', sha: SHA });
      const ready = readyJobs(this.state).map(({ planned }) => planned.id);
      if (ready.length > 0) this.send({ type: 'QueueJobs', jobs: ready });
      quiet = this.pending.length === 0;
    }
  }

  private write(event: PlanEvent): void {
    this.check(event);
    this.state = evolvePlan(this.state, event);
    this.history.push(event);
    if (event.type === 'BuildRequested')
      this.send({ type: 'PlanBuild', plan: planOfJobs(this.test.jobs), diagnostics: [] });
    if (event.type === 'JobsQueued')
      for (const { jobId, attempt } of event.data.jobs) {
        const settled: SettledAttempt = { jobId, attempt, ...ENDS[fateOf(this.test, { jobId, attempt })] };
        this.send({ type: 'SettleJobs', jobs: [settled] });
      }
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
        expect(job?.planned.needs.filter((need) => state.jobs.get(need)?.status !== 'passed')).toEqual([]);
        expect(job).toMatchObject({ status: 'waiting', attempt: attempt - 1 });
        expect(attempt).toBeLessThanOrEqual((job?.planned.infrastructureRetries ?? 0) + 1);
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
        const ends = expected(test);
        expect(statusesOf(world.state)).toEqual(ends);
        expect(world.state.finished).toBe([...ends.values()].every((end) => end === 'passed') ? 'passed' : 'failed');
      }),
      { numRuns: 400 },
    );
  });

  it('ends after a cancellation at any moment, and begins nothing after it', () => {
    fc.assert(
      fc.property(cases, steps, fc.nat(40), (test, script, when) => {
        const world = new World(test);
        script.forEach((step, index) => {
          if (index === when && world.state.request) world.send({ type: 'CancelBuild', reason: 'user' });
          world.step(step);
        });
        world.drain();
        const wasCancelled = world.history.some(({ type }) => type === 'BuildCancelled');
        const ends = expected(test);
        const undisturbed = [...ends.values()].every((end) => end === 'passed') ? 'passed' : 'failed';
        expect(world.state.finished).toBe(wasCancelled ? 'cancelled' : undisturbed);
        expect([...statusesOf(world.state).values()]).not.toContain('waiting');
        expect([...statusesOf(world.state).values()]).not.toContain('queued');
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
