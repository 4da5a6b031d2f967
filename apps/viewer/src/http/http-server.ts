import fastifyCookie from '@fastify/cookie';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { AllowedHosts } from '../access/allowed-hosts.js';
import { guardTheDoor, SECURITY_HEADERS } from '../access/front-door.js';
import { withoutPrefix } from './prefix.js';
import { problemOf } from './problem.js';

const LARGEST_BODY_BYTES = 16 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;

export const httpAdapter = (prefix: string): FastifyAdapter =>
  new FastifyAdapter({
    bodyLimit: LARGEST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    rewriteUrl: ({ url = '/' }) => withoutPrefix(prefix, url),
    // Addresses that the router cannot read reach neither hooks nor filters.
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      const problem = problemOf(error);
      void reply
        .code(problem.status)
        .headers({ ...SECURITY_HEADERS, 'content-type': 'application/problem+json' })
        .send(JSON.stringify(problem));
    },
  });

/** What comes before the controllers. */
export const furnish = async (app: NestFastifyApplication, hosts: () => AllowedHosts): Promise<void> => {
  guardTheDoor(app.getHttpAdapter().getInstance(), hosts);
  await app.register(fastifyCookie);
};
