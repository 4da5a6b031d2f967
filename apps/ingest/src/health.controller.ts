import { Controller, Get, Inject } from '@nestjs/common';
import { StreamUnavailable } from '#errors';
import { ConnectionWatch } from './connection-watch.js';

@Controller()
export class HealthController {
  constructor(@Inject(ConnectionWatch) private readonly connection: ConnectionWatch) {}

  @Get('healthz')
  async health(): Promise<{ status: 'ok' }> {
    if (!(await this.connection.healthy())) throw new StreamUnavailable('the stream WEBHOOKS does not answer');
    return { status: 'ok' };
  }
}
