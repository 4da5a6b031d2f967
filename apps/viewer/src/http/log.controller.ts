import {
  BadRequestException,
  Controller,
  Get,
  Header,
  Headers,
  HttpException,
  Inject,
  Param,
  Query,
  Res,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { attemptEvents } from '../log/attempt-events.js';
import type { AttemptAddress } from '../log/attempt-reading.js';
import { LogErrorReader } from '../log/log-error-reader.js';
import type { LogErrors } from '../log/log-errors.js';
import { LogReader } from '../log/log-reader.js';
import { LONGEST_RANGE, type LogRange } from '../log/log-range.js';
import { logText } from '../log/log-text.js';
import { plainText } from '../log/plain-text.js';
import { resumePoint } from '../log/resume-point.js';
import { begun } from './begun.js';
import { OpenAnswers } from './open-answers.js';
import * as parameters from './parameters.js';
import { lastEventId, sendEvents } from './sse.js';
import { acceptsGzip, sendText } from './text.js';

const RANGE_NOT_SATISFIABLE = 416;
const MOST_STEPS = 1e6;

@Controller('api/builds/:build/jobs/:job')
export class LogController {
  constructor(
    @Inject(LogReader) private readonly logs: LogReader,
    @Inject(LogErrorReader) private readonly found: LogErrorReader,
    @Inject(OpenAnswers) private readonly answers: OpenAnswers,
  ) {}

  @Get('log')
  @Header('cache-control', 'no-store')
  async range(
    @Param() { build, job }: { build: string; job: string },
    @Query() query: parameters.Query,
  ): Promise<LogRange> {
    const address = this.addressOf(build, job, query);
    const step = this.chosen(address, query) ?? this.stepOf(address, 1);
    const from = parameters.numberOf(query, 'from', 1) ?? 1;
    const to = Math.min(parameters.numberOf(query, 'to', 1) ?? Infinity, from + LONGEST_RANGE - 1);
    const range = await this.logs.range(address, step, { from, to });
    if (range.complete && range.lines.length === 0 && from > 1 && to >= from)
      throw new HttpException(`the log of step ${step} has ${range.total} lines`, RANGE_NOT_SATISFIABLE);
    return range;
  }

  @Get('log/errors')
  @Header('cache-control', 'no-store')
  async errors(
    @Param() { build, job }: { build: string; job: string },
    @Query() query: parameters.Query,
  ): Promise<Readonly<{ attempt: number }> & LogErrors> {
    const address = this.addressOf(build, job, query);
    return { attempt: address.attempt, ...(await this.found.find(address, this.chosen(address, query))) };
  }

  @Get('log.txt')
  async text(
    @Param() { build, job }: { build: string; job: string },
    @Query() query: parameters.Query,
    @Headers() headers: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const address = this.addressOf(build, job, query);
    const step = this.chosen(address, query);
    const signal = this.answers.signalOf(reply);
    const live = parameters.flagOf(query, 'follow');
    const isPlain = parameters.oneOf(query, 'ansi', ['keep', 'strip']) === 'strip';
    const reading = this.logs.reading(address, signal);
    const bytes = await begun(logText(reading, step, live, signal), reading.caughtUp);
    sendText(reply, isPlain ? plainText(bytes) : bytes, { gzip: acceptsGzip(headers), live });
  }

  @Get('log/stream')
  async stream(
    @Param() { build, job }: { build: string; job: string },
    @Query() query: parameters.Query,
    @Headers() headers: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const resume = resumePoint(lastEventId(headers));
    const asked = parameters.textOf(query, 'attempt') ?? resume?.attempt.toString();
    const address = this.addressOf(build, job, { attempt: asked });
    const { attempt } = address;
    const only = this.chosen(address, query);
    const goesOn = resume?.attempt === attempt && (only === undefined || resume.step >= only);
    const from = goesOn ? resume : { attempt, step: only ?? 0, offset: 0 };
    const signal = this.answers.signalOf(reply);
    const reading = this.logs.reading(address, signal);
    await reading.requireTail();
    sendEvents(reply, await begun(attemptEvents(reading, from, only, signal), reading.caughtUp));
  }

  private addressOf(build: string, job: string, query: parameters.Query) {
    const ids = { buildId: parameters.buildIdOf(build), jobId: parameters.jobIdOf(job) };
    const attempt = parameters.numberOf(query, 'attempt', 0, MOST_STEPS) || undefined;
    const address = this.logs.addressOf(ids, attempt);
    if (!address) throw parameters.notFound(attempt === undefined ? 'job' : 'attempt of this job');
    return address;
  }

  /** The log that is asked for, by its number or by the name of the service; undefined: that of all steps. */
  private chosen(address: AttemptAddress, query: parameters.Query): number | undefined {
    const step = parameters.numberOf(query, 'step', 0, MOST_STEPS);
    const service = parameters.textOf(query, 'service');
    if (service === undefined) return step === undefined ? undefined : this.stepOf(address, step);
    if (step !== undefined) throw new BadRequestException('step, service: give one of them');
    const found = this.logs.stepsOf(address).find((one) => one.service === service);
    if (!found) throw parameters.notFound('service of this job');
    return found.index;
  }

  private stepOf(address: AttemptAddress, step: number): number {
    if (!this.logs.stepsOf(address).some(({ index }) => index === step)) throw parameters.notFound('step of this job');
    return step;
  }
}
