import { STATUS_CODES } from 'node:http';
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CairnError, messageOf, StreamUnavailable, TooMuchAtOnce, WebhookRefused } from '#errors';

const RETRY_AFTER_S = 5;

/** What a status that the HTTP layer gave by itself means here. */
const DETAILS: ReadonlyMap<number, string> = new Map([
  [404, 'there is only POST /webhooks/github and GET /healthz'],
  [413, 'the body is larger than 25 MB'],
  [415, "choose application/json as the content type in the webhook's settings"],
]);

const statusOf = (error: unknown): number => {
  if (error instanceof WebhookRefused) return error.status;
  if (error instanceof StreamUnavailable || error instanceof TooMuchAtOnce) return 503;
  return error instanceof HttpException ? error.getStatus() : 500;
};

const detailOf = (error: unknown, status: number): string => {
  if (error instanceof WebhookRefused || error instanceof TooMuchAtOnce) return error.message;
  if (status === 503) return 'nothing can be stored now; try again later';
  if (status === 500) return 'this is a fault of the service; its log says more';
  return DETAILS.get(status) ?? (error instanceof HttpException ? error.message : '');
};

const answer = (reply: FastifyReply, status: number, detail: string, code: object = {}): void => {
  const problem = { type: 'about:blank', title: STATUS_CODES[status], status, detail, ...code };
  void reply.code(status).type('application/problem+json').send(JSON.stringify(problem));
};

/** For what Fastify refuses before it looks for a route: an address that cannot be decoded. */
export const answerUnroutable = (reply: FastifyReply): void => answer(reply, 404, DETAILS.get(404) ?? '');

/** Every error as RFC 9457 problem details. What went wrong inside is for the log only. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const status = statusOf(error);
    if (status >= 500) this.logger.error(messageOf(error));
    if (status === 503) reply.header('retry-after', String(RETRY_AFTER_S));
    if (error instanceof TooMuchAtOnce) reply.header('connection', 'close'); // the rest of the body is not read
    answer(reply, status, detailOf(error, status), error instanceof CairnError ? { code: error.code } : {});
  }
}
