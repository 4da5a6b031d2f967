import { Controller } from '@nestjs/common';
import { CONSUMERS, type PersonRequest } from '#events';
import { Consume, type Delivery } from '#jetstream';
import { RequestIntake } from './request-intake.js';

@Controller()
export class RequestHandler {
  constructor(private readonly intake: RequestIntake) {}

  @Consume(CONSUMERS.plannerRequests)
  async take({ message, sequence }: Delivery<PersonRequest>): Promise<void> {
    await this.intake.take(message, sequence);
  }
}
