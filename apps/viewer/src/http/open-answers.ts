import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Ends long answers: when their client has gone, and all of them when the service stops. */
@Injectable()
export class OpenAnswers implements BeforeApplicationShutdown {
  private readonly open = new Set<AbortController>();
  private closing = false;

  /** Aborted as soon as nobody waits for this answer any more. */
  signalOf(reply: FastifyReply): AbortSignal {
    const controller = new AbortController();
    if (this.closing) controller.abort();
    this.open.add(controller);
    reply.raw.once('close', () => {
      this.open.delete(controller);
      controller.abort();
    });
    return controller.signal;
  }

  beforeApplicationShutdown(): void {
    this.closing = true;
    for (const controller of this.open) controller.abort();
  }
}
