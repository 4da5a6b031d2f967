import { aggregateOf, fact, subjects, type CairnEvent, type CommandContext, type Decider, type DomainEvent } from '#events';
import {
  deliveryDecider,
  groupDecider,
  jobDecider,
  planDecider,
  repoDecider,
  requestDecider,
  type DeliveryCommand,
  type GroupCommand,
  type JobCommand,
  type PlanCommand,
  type RepoCommand,
  type RequestCommand,
} from '#domain';

/** A command as a scenario writes it: the tape adds where, when, why and by whom. */
type Bare<Command> = Command extends unknown ? Omit<Command, keyof CommandContext> : never;

const START = Date.parse('2026-01-01T00:00:00.000Z');
const SYSTEM_ACTOR = { kind: 'system', id: 'cairn', name: 'Cairn' } as const;

/** Runs commands through the deciders and keeps the events that they lead to, a second apart. */
export class Tape {
  readonly messages: { sequence: number; subject: string; event: CairnEvent }[] = [];

  delivery(guid: string, command: Bare<DeliveryCommand>) {
    return this.run(deliveryDecider, subjects.delivery(guid), command);
  }
  request(id: string, command: Bare<RequestCommand>) {
    return this.run(requestDecider, subjects.request(id), command);
  }
  repo(command: Bare<RepoCommand>) {
    return this.run(repoDecider, subjects.repo(command.repoId), command);
  }
  group(name: string, command: Bare<GroupCommand>) {
    return this.run(groupDecider, subjects.group('gh-1', name), command);
  }
  plan(build: string, command: Bare<PlanCommand>) {
    return this.run(planDecider, subjects.plan(build), command);
  }
  job(build: string, job: string, command: Bare<JobCommand>) {
    return this.run(jobDecider, subjects.job(build, job), command);
  }

  /** A fact of a part that has no decider. */
  tell<Type extends CairnEvent['type']>(
    subject: string,
    type: Type,
    data: Extract<CairnEvent, { type: Type }>['data'],
    discriminator: string | number = '',
  ): void {
    this.keep(subject, fact(type, 1, this.context(subject), data, discriminator) as unknown as CairnEvent);
  }

  private run<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    subject: string,
    command: object,
  ): void {
    const past = this.messages.filter((message) => message.subject === subject).map(({ event }) => event);
    const state = (past as unknown as Event[]).reduce(decider.evolve, decider.initialState());
    const events = decider.decide(state, { ...this.context(subject), ...command } as Command);
    for (const event of events) this.keep(subject, event as unknown as CairnEvent);
  }

  private keep(subject: string, event: CairnEvent): void {
    this.messages.push({ sequence: this.messages.length + 1, subject, event });
  }

  /** Everything is caused by what was last written. */
  private context(subject: string): CommandContext {
    const forge = aggregateOf(subject)?.kind === 'delivery';
    return {
      subject,
      at: new Date(START + this.messages.length * 1_000).toISOString(),
      cause: this.messages.at(-1)?.event.id ?? 'the beginning',
      actor: forge ? { kind: 'forge', id: 'github', name: 'GitHub' } : SYSTEM_ACTOR,
    };
  }
}
