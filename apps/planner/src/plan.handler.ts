import { Controller } from '@nestjs/common';
import { CONSUMERS, type PlanEvent } from '#events';
import { Consume, type Delivery } from '#jetstream';
import { PlanOutbox } from './plan-outbox.js';

/** The outbox of a plan: each of its events has its effect here, and nowhere else. */
@Controller()
export class PlanHandler {
  constructor(private readonly outbox: PlanOutbox) {}

  @Consume(CONSUMERS.plannerPlan)
  async follow({ message, subject, sequence }: Delivery<PlanEvent>): Promise<void> {
    switch (message.type) {
      case 'BuildRequested':
        return this.outbox.plan(subject, sequence, message);
      case 'JobsQueued':
        return this.outbox.sendTickets(subject, sequence, message);
      case 'JobsCancelled':
      case 'BuildCancelled':
        return this.outbox.cancel(subject, sequence, message);
      case 'BuildRejected':
      case 'BuildFinished':
        return this.outbox.close(subject, sequence, message);
    }
  }
}
