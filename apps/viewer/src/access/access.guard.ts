import {
  ForbiddenException,
  Inject,
  Injectable,
  SetMetadata,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Access, SESSION_COOKIE } from './access.js';

const OPEN = 'cairn:open';

/** Anybody may call it: it shows nothing of builds and changes nothing without a token of its own. */
export const Open = (): MethodDecorator & ClassDecorator => SetMetadata(OPEN, true);

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Reading by GET and HEAD, everything else is a change. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(Access) private readonly access: Access,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean>(OPEN, [context.getHandler(), context.getClass()])) return true;
    const { method, headers, cookies } = context.switchToHttp().getRequest<FastifyRequest>();
    const verdict = this.access.judge(method !== 'GET' && method !== 'HEAD', {
      authorization: headers.authorization,
      session: cookies[SESSION_COOKIE],
      csrf: text(headers['x-csrf-token']),
    });
    switch (verdict) {
      case 'allowed':
        return true;
      case 'token-needed':
        throw new UnauthorizedException('this needs the admin token: sign in, or send it as a bearer token');
      case 'token-wrong':
        throw new UnauthorizedException('the bearer token is not the admin token');
      case 'csrf-needed':
        throw new ForbiddenException('a change by session needs the header X-CSRF-Token, as GET /api/session tells it');
    }
  }
}
