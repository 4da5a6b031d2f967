import { Catch, UseFilters, applyDecorators, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import type { ConsumerSpec } from '#events';

export const JETSTREAM = Symbol('JetStream');

/** What a handler is given. `message` is what the stream's decoder made of the payload. */
export type Delivery<M> = Readonly<{
  message: M;
  subject: string;
  /** In its stream; the same however often the message is delivered. */
  sequence: number;
  /** When JetStream stored it, ISO 8601. */
  storedAt: string;
  /** An earlier delivery was not acknowledged: what its handler did may have taken effect without a record of it. */
  redelivered: boolean;
  header: (name: string) => string | undefined;
}>;

/** Nest's own filter would replace an error by "Internal server error", and with it its disposition. */
@Catch()
class Rethrow implements ExceptionFilter {
  catch(error: unknown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Marks a handler of a durable consumer. The message is acknowledged after the handler has returned; if it throws, the
 * error's `disposition` says what becomes of the message. Messages of one subject are handled one after another.
 */
export const Consume = (spec: ConsumerSpec): MethodDecorator =>
  applyDecorators(EventPattern<string>(spec.durable, JETSTREAM, { spec }), UseFilters(new Rethrow()));
