import { ForbiddenException, MisdirectedException } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { AllowedHosts } from './allowed-hosts.js';

export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; " +
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Sees every request first. `hosts` is asked late: the port is known once it is listened on. */
export const guardTheDoor = (fastify: FastifyInstance, hosts: () => AllowedHosts): void => {
  fastify.addHook('onRequest', async ({ headers }, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (!hosts().allowsHost(headers.host))
      throw new MisdirectedException('this server does not go by that name; CAIRN_PUBLIC_URL tells it another one');
    if (!hosts().allowsOrigin(headers.origin))
      throw new ForbiddenException('requests from pages of other sites are refused');
  });
};
