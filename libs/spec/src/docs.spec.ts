import { readFileSync } from 'node:fs';
import { foreignKeys, keysOf, LEVELS, parseSpec, type Level } from './index.js';

const docs = readFileSync(new URL('../../../docs/spec.md', import.meta.url), 'utf8');
/** Each `yaml` example, with the `text` block behind it, if there is one: what is said about the example. */
const examples = [...docs.matchAll(/^```yaml\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)].map(
  ([, text = '', expected = '']) => ({ text, expected: expected.split('\n').filter((line) => line !== '') }),
);

const said = (text: string): string[] =>
  parseSpec(text).diagnostics.map(
    ({ severity, line, column, message }) => `${severity === 'warning' ? 'warning ' : ''}${line}:${column} ${message}`,
  );

describe('docs/spec.md', () => {
  it('has examples', () => expect(examples.length).toBeGreaterThan(50));

  it.each(examples)('example %# does what is said: $text', ({ text, expected }) =>
    expect(said(text)).toEqual(expected),
  );

  it('names every key of the language', () => {
    const missing = (Object.keys(LEVELS) as Level[]).flatMap((level) =>
      keysOf(level).filter((key) => !new RegExp(`\`([\\w.[\\]]+\\.)?${key}\``).test(docs)),
    );
    expect(missing).toEqual([]);
  });

  it('has every key of another system in its table, with its cure, and no other', () => {
    const table = docs.slice(docs.indexOf('## Coming from another system')).matchAll(/^\| (in|at) .*\|$/gm);
    expect([...table].map(([row]) => row.replace(/ +/g, ' '))).toEqual(foreignRows());
  });
});

/** One row for the keys of a place that have the same cure; those at the top level that a job has too stand there. */
function foreignRows(): string[] {
  const inJob = new Map(foreignKeys().flatMap(({ level, key, cure }) => (level === 'job' ? [[key, cure]] : [])));
  const rows = new Map<string, string[]>();
  for (const { level, key, cure } of foreignKeys()) {
    if (level === 'pipeline' && inJob.get(key) === cure) continue;
    const row = `${LEVELS[level].place}|${cure.how ?? `\`${cure.use}\``}`;
    rows.set(row, [...(rows.get(row) ?? []), `\`${key}\``]);
  }
  return [...rows].map(([row, keys]) => {
    const [place, cure] = row.split('|');
    return `| ${place} | ${keys.join(', ')} | ${cure} |`;
  });
}
