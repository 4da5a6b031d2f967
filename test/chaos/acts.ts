import { createHash } from 'node:crypto';

export const RUNNERS = ['runner-1', 'runner-2'] as const;
export type Runner = (typeof RUNNERS)[number];

/** What is ended by one act. */
export type Victim =
  | Readonly<{ what: 'runner'; name: Runner }>
  | Readonly<{ what: 'nats-server' }>
  /** `liveRestore`: of the engine that is started in its place. */
  | Readonly<{ what: 'engine'; signal: 'SIGTERM' | 'SIGKILL'; liveRestore: boolean }>;

/** `after`: how many jobs begin before it. Its victims are ended one after another, then started again in this order. */
export type Act = Readonly<{ after: number; victims: readonly Victim[] }>;

/** A choice among `count`, the same for the same seed, act and question. */
const choose = (seed: string, act: number, question: string, count: number): number =>
  createHash('sha256').update(`${seed} ${act} ${question}`).digest().readUInt32BE(0) % count;

const ENGINE_EVERY = 4;

/**
 * The act of a number, from 0: a function of the seed alone, so that a run can be repeated. Each fourth ends the engine, perhaps
 * with something else; the others end a runner, nats-server, or both at once.
 */
export const actOf = (seed: string, number: number): Act => {
  const pick = (question: string, count: number): number => choose(seed, number, question, count);
  const runner = (question: string): Victim => ({
    what: 'runner',
    name: RUNNERS[pick(question, RUNNERS.length)] ?? 'runner-1',
  });
  const engine: Victim = {
    what: 'engine',
    signal: pick('signal', 2) === 0 ? 'SIGTERM' : 'SIGKILL',
    liveRestore: pick('live restore', 2) === 0,
  };
  const nats: Victim = { what: 'nats-server' };
  const withEngine = [[engine], [engine, runner('beside')], [runner('beside'), engine], [engine, nats]];
  const others = [
    [runner('one')],
    [runner('one')],
    [nats],
    [nats, runner('beside')],
    RUNNERS.map((name) => ({ what: 'runner' as const, name })),
  ];
  const choices: readonly (readonly Victim[])[] = number % ENGINE_EVERY === ENGINE_EVERY - 1 ? withEngine : others;
  return { after: 1 + pick('after', 4), victims: choices[pick('victims', choices.length)] ?? [] };
};

const wordsOf = (victim: Victim): string => {
  if (victim.what === 'runner') return victim.name;
  if (victim.what === 'nats-server') return victim.what;
  return `dockerd by ${victim.signal}${victim.liveRestore ? ', then with live-restore' : ''}`;
};

/** For people who look at a failure. */
export const wordsOfAct = ({ after, victims }: Act): string =>
  `after ${after} more jobs: ${victims.map(wordsOf).join(', and ')}`;
