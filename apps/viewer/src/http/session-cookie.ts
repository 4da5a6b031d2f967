import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Access, SESSION_COOKIE } from '../access/access.js';
import { SESSION_SECONDS } from '../access/session.js';
import { ViewerConfig } from '../viewer.config.js';
import { prefixOf } from './prefix.js';

/** How a session travels. */
@Injectable()
export class SessionCookie {
  private readonly options: Readonly<{ path: string; httpOnly: true; sameSite: 'strict'; secure: boolean }>;

  constructor(
    @Inject(Access) private readonly access: Access,
    @Inject(ViewerConfig) { CAIRN_PUBLIC_URL: url }: ViewerConfig,
  ) {
    const secure = url?.startsWith('https:') ?? false;
    this.options = { path: `${prefixOf(url)}/`, httpOnly: true, sameSite: 'strict', secure };
  }

  /** Begins a session. */
  set(reply: FastifyReply): void {
    void reply.setCookie(SESSION_COOKIE, this.access.newSession(), { ...this.options, maxAge: SESSION_SECONDS });
  }

  clear(reply: FastifyReply): void {
    void reply.clearCookie(SESSION_COOKIE, this.options);
  }
}
