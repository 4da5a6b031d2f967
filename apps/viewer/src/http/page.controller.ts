import { Controller, Get, Inject, Param, Query, Res, UnauthorizedException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Access } from '../access/access.js';
import { Open } from '../access/access.guard.js';
import { ViewerConfig } from '../viewer.config.js';
import { PageFiles, REVALIDATE } from './page-files.js';
import { notFound, textOf, type Query as QueryTexts } from './parameters.js';
import { prefixOf } from './prefix.js';
import { SessionCookie } from './session-cookie.js';

/** The page holds no data: it asks the API, which knows who may read. */
@Controller()
@Open()
export class PageController {
  private readonly home: string;

  constructor(
    @Inject(PageFiles) private readonly files: PageFiles,
    @Inject(Access) private readonly access: Access,
    @Inject(SessionCookie) private readonly cookie: SessionCookie,
    @Inject(ViewerConfig) { CAIRN_PUBLIC_URL: url }: ViewerConfig,
  ) {
    this.home = `${prefixOf(url)}/`;
  }

  @Get(['/', 'builds', 'builds/*', 'queue', 'deliveries', 'repos', 'search'])
  page(@Res() reply: FastifyReply): void {
    void reply
      .headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': REVALIDATE })
      .send(this.files.html);
  }

  /** The page's own log-in; with a token in the address, as the start-up prints it, straight to a session. */
  @Get('login')
  login(@Query() query: QueryTexts, @Res() reply: FastifyReply): void {
    const token = textOf(query, 'token');
    if (token === undefined) return this.page(reply);
    void reply.headers({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    if (!this.access.isToken(token))
      throw new UnauthorizedException('the token in this address is not the admin token');
    this.cookie.set(reply);
    void reply.redirect(this.home, 303);
  }

  @Get('*')
  file(@Param('*') path: string, @Res() reply: FastifyReply): void {
    const file = this.files.file(path);
    if (!file) throw notFound('page');
    void reply.headers({ 'content-type': file.type, 'cache-control': file.cache }).send(file.content);
  }
}
