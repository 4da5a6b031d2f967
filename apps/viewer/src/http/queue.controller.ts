import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import type { QueueView, RunnerView } from '#domain';
import { Queue } from '../queue/queue.js';
import { decodeCursor, encodeCursor } from '../read-model/cursor.js';
import type { Page } from '../read-model/read-model.js';
import * as parameters from './parameters.js';

/** What waits for what, and who could take it: as it is at this moment. */
@Controller('api')
export class QueueController {
  constructor(@Inject(Queue) private readonly waiting: Queue) {}

  /** The line moves: a page begins where the one before ended, counted from the line's head. */
  @Get('queue')
  @Header('cache-control', 'no-store')
  async queue(@Query() query: parameters.Query): Promise<Page<QueueView>> {
    const { limit, cursor } = parameters.pageOf(query);
    const [from] = cursor === undefined ? [0] : decodeCursor(cursor, ['number']);
    const start = Math.max(0, Number(from));
    const all = await this.waiting.entries();
    const end = start + limit;
    return { items: all.slice(start, end), next: end < all.length ? encodeCursor([end]) : null };
  }

  @Get('runners')
  @Header('cache-control', 'no-store')
  runners(): Page<RunnerView> {
    return { items: this.waiting.runners(), next: null };
  }
}
