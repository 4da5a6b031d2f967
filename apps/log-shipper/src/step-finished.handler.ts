import { Controller } from '@nestjs/common';
import { CONSUMERS, aggregateOf, type StepFinished } from '#events';
import { Consume, type Delivery } from '#jetstream';
import { Shipment } from './shipment.js';

@Controller()
export class StepFinishedHandler {
  constructor(private readonly shipment: Shipment) {}

  @Consume(CONSUMERS.shipperSteps)
  async verify({ message, subject }: Delivery<StepFinished>): Promise<void> {
    const job = aggregateOf(subject);
    if (job?.kind === 'job') await this.shipment.verify(job, message);
  }
}
