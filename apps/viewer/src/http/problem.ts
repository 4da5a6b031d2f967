import { STATUS_CODES } from 'node:http';
import { HttpException, HttpStatus } from '@nestjs/common';
import { BlobStoreUnavailable, CairnError, InvalidSubjectToken, LogStoreUnavailable, StreamUnavailable } from '#errors';

/** RFC 9457. */
export type Problem = Readonly<{ type: string; title: string; status: number; detail: string; code?: string }>;

const AWAY = 'what this needs does not answer now; try again in a moment';
const FAULT = 'this is a fault of the service; its log says more';

const AWAY_ERRORS = [StreamUnavailable, LogStoreUnavailable, BlobStoreUnavailable];

const statusOf = (error: unknown): number => {
  if (AWAY_ERRORS.some((type) => error instanceof type)) return HttpStatus.SERVICE_UNAVAILABLE;
  if (error instanceof InvalidSubjectToken) return HttpStatus.NOT_FOUND;
  if (error instanceof HttpException) return error.getStatus();
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 500 ? status : HttpStatus.INTERNAL_SERVER_ERROR;
};

/** What anything that was thrown is to a client: never what went wrong inside. */
export const problemOf = (error: unknown): Problem => {
  const status = statusOf(error);
  const known = error instanceof HttpException || error instanceof InvalidSubjectToken || status < 500;
  const said = known && error instanceof Error ? error.message : FAULT;
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error instanceof CairnError && status === 503 ? AWAY : said,
    ...(error instanceof CairnError ? { code: error.code } : {}),
  };
};
