import { Controller } from '@nestjs/common';
import { CONSUMERS, logAddressOf, type LogChunk } from '#events';
import { Consume, type Delivery } from '#jetstream';
import { Shipment } from './shipment.js';

@Controller()
export class LogChunksHandler {
  constructor(private readonly shipment: Shipment) {}

  /** Acknowledged when the store holds the chunk. */
  @Consume(CONSUMERS.shipperLogs)
  async ship({ message, subject }: Delivery<LogChunk>): Promise<void> {
    const address = logAddressOf(subject);
    if (address) await this.shipment.store(address, message);
  }
}
