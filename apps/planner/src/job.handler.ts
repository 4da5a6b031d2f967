import { Controller, Inject } from '@nestjs/common';
import { planDecider, type SettledAttempt } from '#domain';
import { CONSUMERS, SYSTEM, aggregateOf, subjects, type JobFinished, type JobLost } from '#events';
import { Aggregates, CLOCK, Consume, type Clock, type Delivery } from '#jetstream';

/** Takes the end of an attempt into the plan, which decides what follows. */
@Controller()
export class JobHandler {
  constructor(
    private readonly aggregates: Aggregates,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  @Consume(CONSUMERS.plannerJob)
  async settle({ message, subject }: Delivery<JobFinished | JobLost>): Promise<void> {
    const job = aggregateOf(subject);
    if (job?.kind !== 'job') return;
    const plan = subjects.plan(job.buildId);
    await this.aggregates.execute(planDecider, plan, {
      type: 'SettleJobs',
      subject: plan,
      at: this.now(),
      cause: message.id,
      actor: SYSTEM,
      jobs: [settled(job.jobId, message)],
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
