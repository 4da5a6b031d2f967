import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { NoticeBoard } from '../read-model/notice-board.js';
import { noticeEvents } from './notice-events.js';
import { OpenAnswers } from './open-answers.js';
import { lastEventId, sendEvents } from './sse.js';

@Controller('api')
export class EventsController {
  constructor(
    @Inject(NoticeBoard) private readonly board: NoticeBoard,
    @Inject(OpenAnswers) private readonly answers: OpenAnswers,
  ) {}

  @Get('events')
  events(@Headers() headers: Record<string, unknown>, @Res() reply: FastifyReply): void {
    sendEvents(reply, noticeEvents(this.board, lastEventId(headers), this.answers.signalOf(reply)));
  }
}
