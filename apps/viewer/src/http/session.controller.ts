import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Post,
  Req,
  Res,
  UnauthorizedException,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access, SESSION_COOKIE } from '../access/access.js';
import { Open } from '../access/access.guard.js';
import { bodyText } from './parameters.js';
import { SessionCookie } from './session-cookie.js';
import { Version } from './version.js';

type Session = Readonly<{ admin: boolean; csrf: string | null; version: string }>;

@Controller('api/session')
export class SessionController {
  constructor(
    @Inject(Access) private readonly access: Access,
    @Inject(SessionCookie) private readonly cookie: SessionCookie,
    @Inject(Version) private readonly version: Version,
  ) {}

  @Get()
  @Open()
  @Header('cache-control', 'no-store')
  session(@Req() { cookies }: FastifyRequest): Session {
    const session = cookies[SESSION_COOKIE];
    const admin = this.access.isSession(session);
    return { admin, csrf: admin ? this.access.sessions.csrfOf(session) : null, version: this.version.text };
  }

  @Post()
  @Open()
  @HttpCode(204)
  signIn(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply): void {
    const token = bodyText(body, 'token', /^[^]{1,1000}$/, 'the admin token');
    if (!this.access.isToken(token)) throw new UnauthorizedException('that is not the admin token');
    this.cookie.set(reply);
  }

  @Delete()
  @HttpCode(204)
  signOut(@Res({ passthrough: true }) reply: FastifyReply): void {
    this.cookie.clear(reply);
  }
}
