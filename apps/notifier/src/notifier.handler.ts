import { Controller, Inject } from '@nestjs/common';
import { CONSUMERS, type PlanEvent } from '#events';
import { Consume, type Delivery } from '#jetstream';
import { Notices } from './notices.js';

@Controller()
export class NotifierHandler {
  constructor(@Inject(Notices) private readonly notices: Notices) {}

  @Consume(CONSUMERS.notifierBuilds)
  async settle({ message, subject, sequence, redelivered }: Delivery<PlanEvent>): Promise<void> {
    const [, buildId = ''] = subject.split('.');
    await this.notices.settle(buildId, { cause: message.id, sequence, unsure: redelivered });
  }
}
