import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Trigger } from '#events';
import {
  keysOf,
  LEVELS,
  notCarriedOut,
  parseSpec,
  planPipeline,
  startsOn,
  type Level,
  type Pipeline,
} from './index.js';
import { pullRequest, request, tag, trigger } from './test-specs.js';

const VALID = `image: node:22
environment: &e
  CI: "true"
on:
  push: {branches: [main, 'release/*'], paths: ['src/**', '!**/*.md']}
  pull_request: {branches: main}
  tag: ['v*']
  schedule: [{cron: '0 3 * * *'}]
  manual: {inputs: {level: {type: choice, options: [low, high], default: low, required: true}}}
x-base: &base {steps: [make, 'npm test'], environment: *e}
jobs:
  lint: [npm run lint]
  test:
    <<: *base
    needs: [lint, {job: gone, optional: true}]
    matrix: {node: [20, 22], os: [a, b], exclude: [{node: 20, os: a}], include: [{node: 22, x: 1}], max_parallel: 2}
    image: node:\${{ matrix.node }}
    when: {event: [push, tag], status: [passed, failed]}
    services: {db: {image: postgres:16, environment: {A: test}, command: [a, b]}}
    cache: [{key: "npm-\${{ hash('package-lock.json') }}", paths: [~/.npm]}]
    concurrency: {group: 'g-\${{ matrix.os }}', cancel: true}
    resources: {cpus: 2, memory: 512MiB}
    retry: {command: 1, infrastructure: 2}
    clone: {depth: 1, lfs: true}
    reports: {junit: ['reports/*.xml']}
    notify: {to: ops, on: change}
    timeout: 1h30m
    steps:
      - name: Unit tests of \${{ matrix.node }}
        run: [make, 'npm test -- \${{ matrix.node }}']
        environment: {A: 1, B: "\${{ environment.CI }}"}
        when: \${{ cairn.branch == 'main' && !failed() }}
        timeout: 10m
        secrets: KEY
      - |
        echo a
        echo b
`;

/** What holds for every text: an answer, with places inside the file, and a plan where nothing is wrong. */
const holds = (text: string): void => {
  const { pipeline, diagnostics } = parseSpec(text);
  const lines = text.split('\n');
  for (const { line, column, endLine = 0, endColumn = 0, message, code } of diagnostics) {
    expect(message).not.toMatch(/^$|\n/);
    expect(code).toMatch(/^CAIRN_SPEC_[A-Z_]+$/);
    expect(endLine).toBe(line);
    expect(endColumn).toBeGreaterThanOrEqual(column);
    expect(endColumn).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
  }
  expect(pipeline === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'));
  expect(diagnostics).toEqual([...diagnostics].sort((a, b) => a.line - b.line || a.column - b.column));
  if (pipeline) for (const event of EVENTS) plans(pipeline, event);
};

const EVENTS = [trigger(), pullRequest({ fork: true, head: 'main' }), tag('v1'), trigger({ event: 'manual' })];

/** A plan whose jobs come after what they need, each with another id, or what is wrong. */
const plans = (pipeline: Pipeline, event: Trigger): void => {
  const { plan, diagnostics } = planPipeline(pipeline, request({ trigger: event, changedFiles: ['src/a.ts'] }));
  expect(plan === undefined).toBe(diagnostics.length > 0);
  expect(JSON.parse(JSON.stringify(plan ?? null))).toEqual(plan ?? null);
  expect(typeof startsOn(pipeline, event, undefined).runs).toBe('boolean');
  notCarriedOut(pipeline);
  const placed = new Set<string>();
  for (const { name, needs } of plan?.jobs ?? []) {
    for (const need of needs) expect(placed).toContain(need);
    placed.add(name);
  }
  expect(new Set(plan?.jobs.map(({ id }) => id)).size).toBe(plan?.jobs.length ?? 0);
};

const key = fc.constantFrom(
  ...(Object.keys(LEVELS) as Level[]).flatMap((level) => [...keysOf(level)]),
  ...['x-a', '.b', '<<', 'if', 'env', 'script', 'node'],
  ...['a', 'b', 'A', 'constructor', '__proto__', 'toString', '', '1', 'CAIRN_A'],
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(
      ...['a', 'b', 'npm test', '${{ x }}', '${{ matrix.a }}', '${{ cairn.tag }}', '\0', '*a', '!x', 'a: b', '10m'],
      ...['0 3 * * *', 'push', 'src/**', '{a,b', '2GiB', null, true, false, 1.5, 2],
    ),
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
    fc.assert(fc.property(root, holds), { numRuns: 500 });
  });

  it('answers a valid spec in which something was cut out or put in', () => {
    const place = fc.nat(VALID.length);
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('\n', '  ', ': ', '- ', '*base', '&e', '"', '[', '${{ ', ' }}', "'", '!', ', '),
    );
    const change = fc.tuple(place, fc.nat(12), piece);
    const mutated = fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
      let text = VALID;
      for (const [at, length, put] of changes) text = text.slice(0, at) + put + text.slice(at + length);
      return text;
    });
    fc.assert(fc.property(mutated, holds), { numRuns: 500 });
  });

  it('accepts the spec that the mutations begin with', () => expect(parseSpec(VALID).diagnostics).toEqual([]));

  it('answers a valid spec whose values were exchanged', () => {
    const values = [...VALID.matchAll(/(?<=[:,[] )[^\s,:[\]{}]+/g)].map(({ index, 0: text }) => ({ index, text }));
    const swap = fc.tuple(fc.nat(values.length - 1), fc.nat(values.length - 1)).map(([a, b]) => {
      const [to, from] = [values[a], values[b]];
      return to && from ? VALID.slice(0, to.index) + from.text + VALID.slice(to.index + to.text.length) : VALID;
    });
    fc.assert(fc.property(swap, holds), { numRuns: 500 });
  });
});
