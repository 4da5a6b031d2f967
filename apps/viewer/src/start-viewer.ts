import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { levelsFrom, natsSettings } from '#config';
import { PortInUse } from '#errors';
import { connectToNats, serviceLogger, serviceModule, type RunningService } from '#jetstream';
import { Access } from './access/access.js';
import { AccessGuard } from './access/access.guard.js';
import { AllowedHosts } from './access/allowed-hosts.js';
import { TestReader } from './tests/test-reader.js';
import { ArtifactReader } from './artifacts/artifact-reader.js';
import { ArtifactsController } from './http/artifacts.controller.js';
import { ChangesController } from './http/changes.controller.js';
import { EventsController } from './http/events.controller.js';
import { HealthController } from './http/health.controller.js';
import { furnish, httpAdapter } from './http/http-server.js';
import { ListsController } from './http/lists.controller.js';
import { LogController } from './http/log.controller.js';
import { OpenAnswers } from './http/open-answers.js';
import { PageController } from './http/page.controller.js';
import { PageFiles } from './http/page-files.js';
import { prefixOf } from './http/prefix.js';
import { ProblemFilter } from './http/problem.filter.js';
import { QueueController } from './http/queue.controller.js';
import { RequestPublisher } from './http/request-publisher.js';
import { SearchController } from './http/search.controller.js';
import { SchemaController } from './http/schema.controller.js';
import { SessionCookie } from './http/session-cookie.js';
import { TestsController } from './http/tests.controller.js';
import { SessionController } from './http/session.controller.js';
import { Version } from './http/version.js';
import { LogErrorReader } from './log/log-error-reader.js';
import { LogReader } from './log/log-reader.js';
import { LogStoreCloser, logStoreProvider } from './log/log-store.provider.js';
import { LogTail } from './log/log-tail.js';
import { Queue } from './queue/queue.js';
import { modelVersion } from './read-model/model-version.js';
import { NoticeBoard } from './read-model/notice-board.js';
import { Projector } from './read-model/projector.js';
import { ReadModel } from './read-model/read-model.js';
import { ReadModelDatabase } from './read-model/read-model-database.js';
import { LogSearches } from './search/log-search.js';
import { ViewerConfig } from './viewer.config.js';

const listen = async (app: NestFastifyApplication, config: ViewerConfig): Promise<number> => {
  const { CAIRN_HTTP_HOST: host, CAIRN_HTTP_PORT: port } = config;
  try {
    await app.init();
    await app.getHttpAdapter().getInstance().listen({ port, host }); // Nest's own would log the error as well
  } catch (cause) {
    const inUse = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    throw inUse ? new PortInUse(host, port, 'CAIRN_HTTP_PORT') : cause;
  }
  return (app.getHttpServer().address() as AddressInfo).port;
};

const controllers = [
  ...[
    ListsController,
    QueueController,
    LogController,
    ArtifactsController,
    TestsController,
    EventsController,
    ChangesController,
    SearchController,
  ],
  ...[SessionController, HealthController, SchemaController, PageController],
];

const providers = (config: ViewerConfig, database: ReadModelDatabase) => [
  { provide: ViewerConfig, useValue: config },
  { provide: Access, useValue: new Access(config) },
  { provide: APP_GUARD, useClass: AccessGuard },
  { provide: ReadModelDatabase, useValue: database },
  { provide: NoticeBoard, useValue: new NoticeBoard() },
  ...[ArtifactReader, TestReader, ReadModel, Projector, Queue, logStoreProvider, LogStoreCloser, LogTail, LogReader],
  LogSearches,
  LogErrorReader,
  ...[RequestPublisher, SessionCookie, Version, PageFiles, OpenAnswers],
];

/**
 * Starts the web page and its API. `url` is where, also when the port was left to the system.
 * @throws PortInUse · what the NATS client throws when the server cannot be reached
 */
export const startViewer = async (config: ViewerConfig): Promise<RunningService & { readonly url: string }> => {
  const nats = natsSettings(config, 'viewer');
  const nc = await connectToNats(nats);
  let app: NestFastifyApplication | undefined;
  const stop = async (): Promise<void> => {
    await app?.close();
    await nc.close();
  };
  try {
    const database = ReadModelDatabase.open(join(config.CAIRN_DATA_DIR, 'viewer'), await modelVersion());
    const options = {
      name: 'viewer',
      nats,
      logLevels: levelsFrom(config.CAIRN_LOG_LEVEL),
      controllers,
      providers: providers(config, database),
    };
    const { CAIRN_HTTP_HOST: host, CAIRN_HTTP_PORT: wantedPort, CAIRN_PUBLIC_URL: publicUrl } = config;
    const running = await NestFactory.create<NestFastifyApplication>(
      serviceModule(options, nc),
      httpAdapter(prefixOf(publicUrl)),
      { logger: serviceLogger(options.name, options.logLevels), abortOnError: false, bodyParser: false },
    );
    app = running;
    let hosts = new AllowedHosts(wantedPort, host, publicUrl);
    await furnish(running, () => hosts);
    running.useGlobalFilters(new ProblemFilter());
    const port = await listen(running, config);
    hosts = new AllowedHosts(port, host, publicUrl);
    return {
      url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
      get: (token) => running.get(token),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
