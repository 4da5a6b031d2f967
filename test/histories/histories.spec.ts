import { readFileSync, readdirSync } from 'node:fs';
import { aggregateOf, decodeEvent } from '#events';
import { DECIDERS, outcomeOf, type Outcome, type Recorded } from './history.js';
import { SCENARIOS } from './scenarios.js';

const FOLDER = new URL('.', import.meta.url);
const read = <T>(file: string): T => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as T;

const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.history.json'))
  .map((file) => file.slice(0, -'.history.json'.length));

/** As this version reads what was written then. */
const decoded = (name: string) =>
  read<Recorded[]>(`${name}.history.json`).flatMap(({ sequence, subject, event: stored }) => {
    const event = decodeEvent(subject, sequence, Buffer.from(JSON.stringify(stored)));
    return event ? [{ subject, event }] : [];
  });

describe('recorded histories', () => {
  it('are all there', () => expect(names.sort()).toEqual(Object.keys(SCENARIOS).sort()));

  it.each(names)('%s leads to what it led to when it was recorded', (name) => {
    const expected = read<Outcome>(`${name}.expected.json`);
    const outcome = outcomeOf(decoded(name));
    expect(outcome).toMatchObject(expected); // a state may have learnt more since, but nothing else
    expect(Object.keys(outcome.states)).toEqual(Object.keys(expected.states));
    expect(Object.keys(outcome.builds)).toEqual(Object.keys(expected.builds));
  });

  it('have been through every decider', () => {
    const kinds = names.flatMap(decoded).map(({ subject }) => aggregateOf(subject)?.kind);
    for (const kind of DECIDERS.keys()) expect(kinds).toContain(kind);
  });

  it('give no two facts one id within a subject', () => {
    for (const name of names) {
      const ids = decoded(name).map(({ subject, event }) => `${subject} ${event.id}`);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });
});
