import type { Readable } from 'node:stream';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { levelsFrom, natsSettings } from '#config';
import { PortInUse } from '#errors';
import { serviceLogger, serviceModule, startConnected, type RunningService } from '#jetstream';
import { BodyCeiling } from './body-ceiling.js';
import { ConnectionWatch } from './connection-watch.js';
import { GithubWebhookController } from './github-webhook.controller.js';
import { HealthController } from './health.controller.js';
import { LARGEST_BODY_BYTES, type IngestConfig } from './ingest.config.js';
import { answerUnroutable, ProblemFilter } from './problem.filter.js';
import { WebhookIntake } from './webhook-intake.js';
import { WebhookSignature } from './webhook-signature.js';

const REQUEST_TIMEOUT_MS = 30_000;

const adapter = ({ CAIRN_WEBHOOK_MEMORY_BYTES }: IngestConfig): FastifyAdapter => {
  const http = new FastifyAdapter({
    bodyLimit: LARGEST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    frameworkErrors: (_error: unknown, _request: unknown, reply: FastifyReply) => answerUnroutable(reply),
  });
  const fastify = http.getInstance();
  const ceiling = new BodyCeiling(CAIRN_WEBHOOK_MEMORY_BYTES);
  fastify.addHook('preParsing', async (_, reply, body) => ceiling.guard(body as Readable, reply.raw));
  fastify.removeAllContentTypeParsers();
  // The signature is over the bytes: nothing may parse them before it was checked.
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  return http;
};

/** Returns the address. Past Nest's own `listen`, which would write a second line about what went wrong. */
const listen = async (app: NestFastifyApplication, config: IngestConfig): Promise<string> => {
  const { CAIRN_WEBHOOK_HOST: host, CAIRN_WEBHOOK_PORT: port } = config;
  try {
    await app.init();
    return await app.getHttpAdapter().getInstance().listen({ host, port });
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
      ? new PortInUse(host, port, 'CAIRN_WEBHOOK_PORT')
      : cause;
  }
};

/**
 * Starts to take webhooks. `url` is where.
 * @throws PortInUse · what the NATS client throws when the server cannot be reached
 */
export const startIngest = (config: IngestConfig): Promise<RunningService & { readonly url: string }> => {
  const secrets = [config.CAIRN_WEBHOOK_SECRET, config.CAIRN_WEBHOOK_SECRET_PREVIOUS];
  const signature = new WebhookSignature(secrets.filter((secret) => secret !== undefined));
  const options = {
    name: 'ingest',
    nats: natsSettings(config, 'ingest'),
    logLevels: levelsFrom(config.CAIRN_LOG_LEVEL),
    controllers: [GithubWebhookController, HealthController],
    providers: [ConnectionWatch, WebhookIntake, { provide: WebhookSignature, useValue: signature }],
  };
  return startConnected(options.nats, async (nc) => {
    const app = await NestFactory.create<NestFastifyApplication>(serviceModule(options, nc), adapter(config), {
      logger: serviceLogger(options.name, options.logLevels),
      abortOnError: false,
      bodyParser: false,
    });
    app.useGlobalFilters(new ProblemFilter());
    return { app, url: await listen(app, config) };
  });
};
