import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { messageOf } from '#errors';
import { problemOf } from './problem.js';

const RETRY_AFTER_S = 2;

/** Every error as problem details. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOf(error);
    if (problem.status >= 500) this.logger.error(messageOf(error));
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy(); // a cut answer is honest, an answer that looks whole is not
      return;
    }
    if (problem.status === 503) reply.header('retry-after', String(RETRY_AFTER_S));
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    void reply
      .code(problem.status)
      .header('cache-control', 'no-store')
      .type('application/problem+json')
      .send(JSON.stringify(problem));
  }
}
