import type { Fault } from './fake-github.types.js';

/** An answer with a status, headers and a message, as GitHub words its errors. */
export const answers =
  (status: number, headers: Readonly<Record<string, string>> = {}, message = 'Server Error'): Fault =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(JSON.stringify({ message, documentation_url: 'https://docs.github.com/rest' }));
  };

/** The connection breaks without an answer. */
export const drops: Fault = (request) => {
  request.socket.destroy();
};

/** A body that never ends: only a reader that counts gets away from it. */
export const neverEnds: Fault = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/vnd.github.raw+json; charset=utf-8' });
  const block = Buffer.alloc(16_384, 'x');
  const pour = (): void => {
    while (!response.destroyed && response.write(block));
  };
  response.on('drain', pour);
  pour();
};

/** The hourly limit is used up until `reset` (milliseconds since the epoch). */
export const primaryRateLimit = (reset: number): Fault =>
  answers(
    403,
    { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(reset / 1000)) },
    'API rate limit exceeded for 192.0.2.1.',
  );

/** Too much at once; GitHub does not always say how long to wait. */
export const secondaryRateLimit = (retryAfterSeconds?: number): Fault =>
  answers(
    403,
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
  );

/** Says back what it was told, credentials too. */
export const echoes =
  (status: number): Fault =>
  (request, response) =>
    answers(status, {}, `bad request: ${JSON.stringify(request.headers)}`)(request, response);
