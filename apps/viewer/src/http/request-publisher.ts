import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { subjects, type Actor, type PersonRequest, type RequestKind } from '#events';
import { CLOCK, MessagePublisher, type Clock } from '#jetstream';

/** Whoever has the admin token: there are no other people yet. */
const ADMIN: Actor = { kind: 'token', id: 'admin', name: 'administrator' };
const ANSWER_MS = 3_000;

type Distribute<R> = R extends PersonRequest ? Omit<R, 'id' | 'at' | 'actor'> : never;
export type Wish = Distribute<PersonRequest> & Readonly<{ kind: RequestKind }>;

/** Passes on what people ask for. */
@Injectable()
export class RequestPublisher {
  constructor(
    @Inject(MessagePublisher) private readonly publisher: MessagePublisher,
    @Inject(CLOCK) private readonly now: Clock,
  ) {}

  /** The id under which what became of it can be asked. @throws StreamUnavailable when it was not stored */
  async publish(wish: Wish): Promise<Readonly<{ id: string }>> {
    const id = randomUUID();
    const request = { id, at: this.now(), actor: ADMIN, ...wish };
    await this.publisher.publish(subjects.requests(wish.kind), JSON.stringify(request), { id, timeoutMs: ANSWER_MS });
    return { id };
  }
}
