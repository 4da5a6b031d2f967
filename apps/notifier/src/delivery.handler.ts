import { Controller, Inject } from '@nestjs/common';
import { CONSUMERS, type DeliveryIgnored } from '#events';
import { Consume, type Delivery } from '#jetstream';
import { FilteredDeliveries } from './filtered-deliveries.js';

@Controller()
export class DeliveryHandler {
  constructor(@Inject(FilteredDeliveries) private readonly filtered: FilteredDeliveries) {}

  @Consume(CONSUMERS.notifierDeliveries)
  async tell({ message }: Delivery<DeliveryIgnored>): Promise<void> {
    await this.filtered.tell(message);
  }
}
