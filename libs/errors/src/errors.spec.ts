import { readFileSync, readdirSync } from 'node:fs';
import * as errors from './index.js';
import { CairnError, messageOf } from './index.js';

type ErrorClass = new (...args: readonly unknown[]) => CairnError;
type Row = Readonly<{ code: string; disposition: string; meaning: string; remedy: string }>;

const FOLDER = new URL('.', import.meta.url);
const DOCS = new URL('../../../docs/errors.md', FOLDER);

const isErrorClass = (value: unknown): value is ErrorClass =>
  typeof value === 'function' && value.prototype instanceof CairnError;

const classes = Object.values(errors as Record<string, unknown>).filter(isErrorClass);

/** No constructor here looks into its arguments: texts stand for all of them, and a list for what is joined. */
const instances = classes.map((type) => new type(...Array.from({ length: 5 }, () => ['x'])));

const written = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.errors.ts'))
  .flatMap((file) => [...readFileSync(new URL(file, FOLDER), 'utf8').matchAll(/class (\w+) extends/g)])
  .map(([, name]) => name);

const rows = readFileSync(DOCS, 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells[1]?.startsWith('`CAIRN_'))
  .map(([, code = '', disposition = '', meaning = '', remedy = '']): Row => ({
    code: code.replaceAll('`', ''),
    disposition,
    meaning,
    remedy,
  }));

describe('errors', () => {
  it('are all exported', () => {
    expect(written.length).toBeGreaterThan(0);
    expect(classes.map(({ name }) => name).sort()).toEqual([...written].sort());
  });

  it('have a code of their own, and tell their class', () => {
    for (const error of instances) {
      expect(error.code).toMatch(/^CAIRN_[A-Z]+(_[A-Z]+)*$/);
      expect(['retry', 'drop', 'abandon', 'dead']).toContain(error.disposition);
      expect(error.name).toBe(error.constructor.name);
    }
    expect(new Set(instances.map(({ code }) => code)).size).toBe(instances.length);
  });

  it('are explained in docs/errors.md: each once, with what to do, and no others', () => {
    expect(rows.map(({ code }) => code).sort()).toEqual(instances.map(({ code }) => code).sort());
    for (const { code, meaning, remedy } of rows)
      expect({ code, explained: meaning.length > 20 && remedy.length > 0 }).toEqual({ code, explained: true });
    const dispositions = new Map(instances.map(({ code, disposition }): [string, string] => [code, disposition]));
    expect(rows.map(({ code, disposition }) => [code, disposition])).toEqual(
      rows.map(({ code }) => [code, dispositions.get(code)]),
    );
  });

  it('are told with their causes', () => {
    const cause = new TypeError('no such host');
    expect(messageOf(new errors.StreamUnavailable('publish', { cause }))).toBe(
      'JetStream is not available: publish: no such host',
    );
    expect(messageOf('text')).toBe('text');
    expect(messageOf(undefined)).toBe('undefined');
  });
});
