import {
  Global,
  Module,
  type DynamicModule,
  type INestApplicationContext,
  type LoggerService,
  type LogLevel,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NatsConnection } from '@nats-io/transport-node';
import { connectToNats, type NatsSettings } from './connection.js';
import { EVENT_STORE } from './event-store.js';
import { Aggregates } from './execute.js';
import { JetStreamEventStore } from './jetstream-event-store.js';
import { JetStreamStrategy } from './jetstream-strategy.js';
import { MessagePublisher } from './message-publisher.js';

export const NATS = Symbol('NatsConnection');

/** Now, as ISO 8601 in UTC. Injected, so that decisions are made from arguments alone. */
export type Clock = () => string;
export const CLOCK = Symbol('Clock');

/** Everything that a service needs to talk to JetStream, on one connection. */
@Global()
@Module({})
export class JetStreamModule {
  static on(nc: NatsConnection): DynamicModule {
    const publisher = new MessagePublisher(nc);
    const store = new JetStreamEventStore(nc, publisher);
    const providers = [
      { provide: NATS, useValue: nc },
      { provide: MessagePublisher, useValue: publisher },
      { provide: EVENT_STORE, useValue: store },
      { provide: Aggregates, useValue: new Aggregates(store) },
      { provide: CLOCK, useValue: (): string => new Date().toISOString() },
    ];
    return { module: JetStreamModule, providers, exports: providers.map(({ provide }) => provide) };
  }
}

/** A service that runs in this process. `stop` finishes what is at work and closes the connection. */
export type RunningService = Readonly<{ get<T>(token: Type<T> | symbol): T; stop(): Promise<void> }>;

export type ServiceOptions = Readonly<{
  name: string;
  nats: NatsSettings;
  logLevels: LogLevel[];
  imports?: NonNullable<ModuleMetadata['imports']>;
  controllers?: NonNullable<ModuleMetadata['controllers']>;
  providers?: NonNullable<ModuleMetadata['providers']>;
}>;

type LoggerFactory = (name: string, levels: LogLevel[]) => LoggerService;

/** Structured lines on standard output, one for each record. */
let loggerFactory: LoggerFactory = (name, levels) =>
  new ConsoleLogger(name, { json: true, colors: false, logLevels: levels });

/** Sends the log of every service that is started from now on in this process elsewhere. */
export const useServiceLogger = (factory: LoggerFactory): void => {
  loggerFactory = factory;
};

export const serviceLogger: LoggerFactory = (name, levels) => loggerFactory(name, levels);

/** The root module of a service: what the service brings, on a connection of its own. */
export const serviceModule = (options: ServiceOptions, nc: NatsConnection): DynamicModule => ({
  module: class ServiceRoot {},
  imports: [JetStreamModule.on(nc), ...(options.imports ?? [])],
  controllers: options.controllers ?? [],
  providers: options.providers ?? [],
});

/**
 * Runs a service on a connection of its own, which is closed when the service stops, and when `start` fails. What `start`
 * tells beside the application is handed on.
 */
export const startConnected = async <Started extends Readonly<{ app: INestApplicationContext }>>(
  nats: NatsSettings,
  start: (nc: NatsConnection) => Promise<Started>,
): Promise<RunningService & Omit<Started, 'app'>> => {
  const nc = await connectToNats(nats);
  try {
    const { app, ...told } = await start(nc);
    const stop = async (): Promise<void> => {
      await app.close();
      await nc.close();
    };
    return { ...told, get: (token) => app.get(token), stop };
  } catch (error) {
    await nc.close();
    throw error;
  }
};

/** Connects, wires and starts a service that only consumes. @throws when NATS cannot be reached or is not set up */
export const startConsumers = (options: ServiceOptions): Promise<RunningService> =>
  startConnected(options.nats, async (nc) => {
    const strategy = new JetStreamStrategy(options.name, nc, new MessagePublisher(nc));
    const app = await NestFactory.createMicroservice(serviceModule(options, nc), {
      strategy,
      logger: serviceLogger(options.name, options.logLevels),
      abortOnError: false,
    });
    await app.listen();
    return { app };
  });
