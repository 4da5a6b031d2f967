import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseSpec, planPipeline } from './index.js';
import { request } from './test-specs.js';

const VALID = `image: node:22
environment: &e
  CI: "true"
x-base: &base {steps: [npm ci, 'npm test'], environment: *e}
jobs:
  lint: [npm run lint]
  test:
    <<: *base
    needs: [lint]
    steps:
      - name: Unit tests
        run: [npm ci, npm test]
        environment: {A: 1}
      - |
        echo a
        echo b
`;

/** What holds for every text: an answer, with places inside the file, and a plan where nothing is wrong. */
const holds = (text: string): void => {
  const { pipeline, diagnostics } = parseSpec(text);
  const lines = text.split('\n');
  for (const { line, column, message } of diagnostics) {
    expect(message).not.toBe('');
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
  }
  expect(pipeline === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'));
  expect(diagnostics).toEqual([...diagnostics].sort((a, b) => a.line - b.line || a.column - b.column));
  if (!pipeline) return;
  const placed = new Set<string>();
  for (const { name, needs } of planPipeline(pipeline, request()).plan?.jobs ?? []) {
    for (const need of needs) expect(placed).toContain(need);
    placed.add(name);
  }
};

const key = fc.constantFrom(
  ...['image', 'environment', 'jobs', 'steps', 'execute', 'needs', 'run', 'name', 'on', 'matrix', 'x-a', '.b', '<<'],
  ...['a', 'b', 'A', 'constructor', '__proto__', 'toString', '', '1', 'CAIRN_A'],
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom('a', 'b', 'npm test', '${{ x }}', '\0', null, true, 1.5, '*a', '!x', 'a: b'),
    fc.string(),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('tree')), { maxLength: 5 }).map((pairs) => new Map(pairs)),
  ),
}));

describe('parseSpec', () => {
  it('answers any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), holds), { numRuns: 500 });
  });

  it('answers any text of the characters that mean something in YAML', () => {
    const unit = fc.constantFrom(
      ...'abx-:#[]{},&*!|>\'"%@`?<=~.\n\n\n  \t0',
      'steps:',
      'jobs:',
      '- ',
      '&a ',
      '*a',
      '<<: ',
      '---\n',
    );
    fc.assert(fc.property(fc.string({ unit, maxLength: 200 }), holds), { numRuns: 1_000 });
  });

  it('answers any YAML tree of keys that it knows', () => {
    const root = fc.array(fc.tuple(key, tree), { maxLength: 5 }).map((pairs) => stringify(new Map(pairs)));
    fc.assert(fc.property(root, holds), { numRuns: 1_000 });
  });

  it('answers a valid spec in which something was cut out or put in', () => {
    const place = fc.nat(VALID.length);
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('\n', '  ', ': ', '- ', '*base', '&e', '"', '['),
    );
    const change = fc.tuple(place, fc.nat(12), piece);
    const mutated = fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
      let text = VALID;
      for (const [at, length, put] of changes) text = text.slice(0, at) + put + text.slice(at + length);
      return text;
    });
    fc.assert(fc.property(mutated, holds), { numRuns: 1_000 });
  });

  it('accepts the spec that the mutations begin with', () => expect(parseSpec(VALID).diagnostics).toEqual([]));
});
