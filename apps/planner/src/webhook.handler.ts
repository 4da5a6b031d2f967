import { Controller } from '@nestjs/common';
import { CONSUMERS, WEBHOOK_HEADERS } from '#events';
import { Consume, type Delivery } from '#jetstream';
import { WebhookIntake } from './webhook-intake.js';

@Controller()
export class WebhookHandler {
  constructor(private readonly intake: WebhookIntake) {}

  @Consume(CONSUMERS.plannerWebhooks)
  async take({ message, sequence, storedAt, redelivered, header }: Delivery<Uint8Array>): Promise<void> {
    const guid = header(WEBHOOK_HEADERS.delivery) ?? '';
    const event = header(WEBHOOK_HEADERS.event) ?? '';
    await this.intake.take({ guid, event, sequence, storedAt, redelivered, body: message });
  }
}
