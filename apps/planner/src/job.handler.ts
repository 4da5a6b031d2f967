import { Controller, Inject } from '@nestjs/common';
import { planDecider, type SettledAttempt } from '#domain';
import { CONSUMERS, SYSTEM, aggregateOf, subjects, type JobFinished, type JobLost } from '#events';
import { Aggregates, CLOCK, Consume, Together, type Clock, type Delivery } from '#jetstream';

type End = Readonly<{ cause: string; attempt: SettledAttempt }>;

/**
 * Takes the ends of attempts into the plan, which decides what follows. Those of one build that come while others are
 * being written are written together.
 */
@Controller()
export class JobHandler {
  readonly #ends = new Together<End>((plan, ends) => this.settle(plan, ends));

  constructor(
    private readonly aggregates: Aggregates,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  @Consume(CONSUMERS.plannerJob)
  async end({ message, subject }: Delivery<JobFinished | JobLost>): Promise<void> {
    const job = aggregateOf(subject);
    if (job?.kind !== 'job') return;
    await this.#ends.do(subjects.plan(job.buildId), { cause: message.id, attempt: settled(job.jobId, message) });
  }

  /** What is told of an end twice changes nothing, in whatever company: the plan knows which attempts have ended. */
  private async settle(plan: string, ends: readonly End[]): Promise<void> {
    await this.aggregates.execute(planDecider, plan, {
      type: 'SettleJobs',
      subject: plan,
      at: this.now(),
      cause: ends[0]?.cause ?? '',
      actor: SYSTEM,
      jobs: ends.map(({ attempt }) => attempt),
    });
  }
}

const settled = (jobId: string, { type, data }: JobFinished | JobLost): SettledAttempt =>
  type === 'JobFinished'
    ? { jobId, ...data }
    : {
        jobId,
        attempt: data.attempt,
        outcome: 'lost',
        failure: { kind: 'infrastructure', message: `the runner was lost: ${data.reason}` },
      };
