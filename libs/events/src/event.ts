import { hash } from 'node:crypto';

/** Who or what made something happen. `id` is stable (a forge's account id, a token's id), `name` is for people. */
export type Actor = Readonly<{ kind: 'user' | 'token' | 'forge' | 'schedule' | 'system'; id: string; name: string }>;

/** What Cairn does of its own accord. */
export const SYSTEM: Actor = { kind: 'system', id: 'cairn', name: 'Cairn' };

/**
 * A fact. Times are ISO 8601 strings in UTC: an event must survive JSON unchanged. `cause` is the id of the event,
 * delivery, request or tick that led to it. `ignorable`: programs that do not know the type yet may skip it.
 */
export type DomainEvent<Type extends string = string, V extends number = number, Data = unknown> = Readonly<{
  type: Type;
  v: V;
  id: string;
  at: string;
  cause: string;
  actor: Actor;
  data: Readonly<Data>;
  ignorable?: true;
}>;

/** What every command carries: where its facts go, when and why it is given, and by whom. */
export type CommandContext = Readonly<{ subject: string; at: string; cause: string; actor: Actor }>;

/** SHA-256 in lower-case hexadecimal. */
export const sha256 = (data: string | Uint8Array): string => hash('sha256', data);

/**
 * Makes an event whose id is a hash of cause, subject, type and `discriminator` (attempt, step, ordinal), so that the
 * same decision taken twice has one id. Two different facts must never share one: JetStream would swallow the second.
 */
export const fact = <Type extends string, V extends number, Data>(
  type: Type,
  v: V,
  { subject, at, cause, actor }: CommandContext,
  data: Data,
  discriminator: string | number = '',
): DomainEvent<Type, V, Data> => ({
  type,
  v,
  id: sha256(JSON.stringify([cause, subject, type, discriminator])).slice(0, 32),
  at,
  cause,
  actor,
  data,
});

/** A fact by which nothing is decided. */
export const ignorable = <Event extends DomainEvent>(event: Event): Event => ({ ...event, ignorable: true });
