import { readFileSync } from 'node:fs';
import {
  CAIRN_FIELDS,
  CONTEXTS,
  expand,
  FUNCTIONS,
  readTemplate,
  TEXT_FUNCTIONS,
  type Scope,
  type Values,
} from './index.js';

const docs = readFileSync(new URL('../../../docs/spec-expressions.md', import.meta.url), 'utf8');
const blocks = (kind: string): string[][] =>
  [...docs.matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) =>
    block.trimEnd().split('\n'),
  );

const given = blocks('values')
  .flat()
  .map((line) => line.split(/ ?= ?/));
const valuesBelow = (prefix: string): ReadonlyMap<string, string> =>
  new Map(
    given.flatMap(([path = '', value = '']) => (path.startsWith(prefix) ? [[path.slice(prefix.length), value]] : [])),
  );
const VALUES: Values = {
  cairn: valuesBelow('cairn.'),
  matrix: valuesBelow('matrix.'),
  environment: valuesBelow('environment.'),
  inputs: valuesBelow('inputs.'),
  needs: new Map([['build', valuesBelow('needs.build.')]]),
};
const matrix = new Set(VALUES.matrix?.keys());
const SCOPES: Record<string, Scope> = {
  expressions: {
    where: 'here',
    contexts: {
      cairn: new Set(Object.keys(CAIRN_FIELDS)),
      matrix,
      environment: new Set(VALUES.environment?.keys()),
      inputs: new Set(VALUES.inputs?.keys()),
      needs: new Set(['build']),
    },
    jobs: new Set(['build', 'lint']),
    functions: TEXT_FUNCTIONS,
  },
  commands: { where: 'in `run`', contexts: { matrix }, functions: TEXT_FUNCTIONS, command: true },
};

/** A text, and below it, indented, what is said about it. */
const examples = Object.entries(SCOPES).flatMap(([kind, scope]) =>
  blocks(kind).flatMap((lines) =>
    lines.flatMap((line, index) => {
      if (line.startsWith('  ')) return [];
      const end = lines.findIndex((other, at) => at > index && !other.startsWith('  '));
      return [
        { text: line, scope, said: lines.slice(index + 1, end < 0 ? undefined : end).map((words) => words.trim()) },
      ];
    }),
  ),
);

const outcome = (text: string, scope: Scope): string[] => {
  const read = readTemplate(text, scope);
  if (!read.ok) return read.faults.map(({ message }) => `is wrong: ${message}`);
  const expanded = expand(read.value, VALUES);
  return expanded.ok ? [`is ${expanded.value}`] : expanded.faults.map(({ message }) => `fails: ${message}`);
};

/** The rows of tables whose first cell begins so, as `name → second cell`. */
const rows = (prefix: string): string[] =>
  [...docs.matchAll(/^\| `([^`]+)` +\| (.*?) +\|/gm)].flatMap(([, name = '', words = '']) =>
    name.startsWith(prefix) ? [`${name} → ${words}`] : [],
  );

describe('docs/spec-expressions.md', () => {
  it('has examples', () => expect(examples.length).toBeGreaterThan(25));

  it.each(examples)('$text', ({ text, scope, said }) => expect(outcome(text, scope)).toEqual(said));

  it('names every field, context and function', () => {
    expect(rows('cairn.').slice(1)).toEqual(
      Object.entries(CAIRN_FIELDS).map(([name, words]) => `cairn.${name} → ${words}`),
    );
    const contexts = Object.entries(CONTEXTS).map(([name, words]) => `${name}. → ${words}`);
    expect(rows('')).toEqual(expect.arrayContaining(contexts));
    const functions = Object.values(FUNCTIONS).map(({ usage, says }) => `${usage} → ${says}`);
    expect(rows('')).toEqual(expect.arrayContaining(functions));
  });
});
