import { planDecider } from '#domain';
import { subjects, type JobFinished, type JobsSettled, type PlanEvent } from '#events';
import { Aggregates, InMemoryEventStore, type Delivery } from '#jetstream';
import { BUILD_ID, jobFinished, planOf, planned, queued, requested } from '#testing';
import { JobHandler } from './job.handler.js';

const PLAN = subjects.plan(BUILD_ID);
const JOBS = ['a', 'b', 'c', 'd', 'e'];

const endOf = (jobId: string): Delivery<JobFinished> => ({
  message: { ...jobFinished(1), id: `the end of ${jobId}` },
  ...{ subject: subjects.job(BUILD_ID, jobId), sequence: 1, storedAt: '', redelivered: false },
  header: () => undefined,
});

const planner = (store: InMemoryEventStore) => {
  const handler = new JobHandler(new Aggregates(store), () => '2026-01-01T00:00:00.000Z');
  return (jobs: readonly string[]) => Promise.all(jobs.map((job) => handler.end(endOf(job))));
};

describe('the ends of jobs', () => {
  let store: InMemoryEventStore;
  beforeEach(async () => {
    store = new InMemoryEventStore();
    const rows = JOBS.map((job): [string, number] => [job, 1]);
    await store.append(PLAN, [requested(), planned(planOf(...JOBS.map((job): [string] => [job]))), queued(...rows)], 0);
  });

  const history = async (): Promise<readonly PlanEvent[]> => (await store.load<PlanEvent>(PLAN)).events;
  const settled = async (): Promise<string[][]> =>
    (await history())
      .filter((event): event is JobsSettled => event.type === 'JobsSettled')
      .map(({ data }) => data.jobs.map(({ jobId }) => jobId));
  const end = async () => (await history()).reduce(planDecider.evolve, planDecider.initialState()).finished;

  it('are written at once when they come alone, and together when they come while one is being written', async () => {
    await planner(store)(JOBS);
    expect(await settled()).toEqual([['a'], ['b', 'c', 'd', 'e']]);
    expect(await end()).toBe('passed');
  });

  it('change nothing when they come again, in whatever company', async () => {
    await planner(store)(['a', 'b']);
    const ends = planner(store);
    await ends(['b', 'a', 'c']);
    await ends(['c', 'b', 'e', 'd', 'e']);
    expect((await settled()).flat().toSorted()).toEqual(JOBS);
    expect(await end()).toBe('passed');
  });

  it('are each written once by several planners', async () => {
    const [one, two] = [planner(store), planner(store)];
    await Promise.all([one(JOBS), two(JOBS.toReversed()), one(['c'])]);
    expect((await settled()).flat().toSorted()).toEqual(JOBS);
    expect((await history()).filter(({ type }) => type === 'BuildFinished')).toHaveLength(1);
    expect(await end()).toBe('passed');
  });
});
