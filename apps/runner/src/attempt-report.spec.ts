import { subjects, type DomainEvent } from '#events';
import { Aggregates, InMemoryEventStore } from '#jetstream';
import { BUILD_ID, jobStarted } from '#testing';
import { StreamUnavailable } from '#errors';
import { AttemptReport } from './attempt-report.js';

const JOB = subjects.job(BUILD_ID, 'test');

/** As JetStream is while it is away. */
class Away extends InMemoryEventStore {
  isAway = false;

  override async append(subject: string, events: readonly DomainEvent[], expectedRevision: number): Promise<number> {
    if (this.isAway) throw new StreamUnavailable('write');
    return super.append(subject, events, expectedRevision);
  }
}

describe('what is said of an ending', () => {
  it('keeps nobody waiting while JetStream is away, and stands before what is said after it', async () => {
    const store = new Away();
    await store.append(JOB, [jobStarted(1)], 0);
    const of = { buildId: BUILD_ID, jobId: 'test', attempt: 1 };
    const identity = { runner: 'runner-a', epoch: 'epoch-1' };
    const now = (): string => new Date().toISOString();
    const report = new AttemptReport(new Aggregates(store), now, identity, of, new AbortController().signal);
    await report.stepStarted(1, 'work');
    store.isAway = true;
    report.ending({ phase: 'signalled', reason: 'timeout', step: 1, graceMs: 1 });
    report.ending({ phase: 'killed', reason: 'timeout', step: 1, graceMs: 1 });
    const log = { lines: 0, bytes: 0, chain: '' };
    const finished = report.stepFinished(1, { outcome: 'failed', exitCode: 137, log });
    store.isAway = false;
    await finished;
    const { events } = await store.load(JOB);
    expect(
      events.map(({ type, data }) => (type === 'EndPhaseReached' ? (data as { phase: string }).phase : type)),
    ).toEqual(['JobStarted', 'StepStarted', 'signalled', 'killed', 'StepFinished']);
  });
});
