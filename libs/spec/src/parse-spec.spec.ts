import { readFileSync } from 'node:fs';
import { parseSpec } from './index.js';
import { faults, pipelineOf } from './test-specs.js';

/** `## title`, then the text, then what must be said about it: `=> [warning ]line:column-endColumn CODE message`. */
const wrongSpecs = readFileSync(new URL('./wrong-specs.txt', import.meta.url), 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((part) => {
    const [title = '', ...lines] = part.trimEnd().split('\n');
    const first = lines.findIndex((line) => line.startsWith('=> '));
    return { title, text: lines.slice(0, first).join('\n'), expected: lines.slice(first).map((line) => line.slice(3)) };
  });

const none = new Map<string, string>();

describe('a spec with a mistake', () => {
  it('comes in many kinds', () => expect(wrongSpecs.length).toBeGreaterThan(100));

  it.each(wrongSpecs)('$title', ({ text, expected }) => {
    expect(faults(text)).toEqual(expected);
    const isWarning = expected.every((fault) => fault.startsWith('warning '));
    expect(parseSpec(text).pipeline !== undefined).toBe(isWarning);
  });

  it('has every mistake told, in the order of the file', () => {
    const text = ['image: Node 22', 'jobs:', '  a:', '    needs: [b, c]', '    stesp: [x]', '  9a: [ls]', 'onn: push'];
    expect(faults(text.join('\n'))).toEqual([
      '1:8-15 IMAGE `Node 22` is not the name of an image; write it like `node:22`',
      '4:13-14 UNKNOWN_JOB there is no job `b`',
      '4:16-17 UNKNOWN_JOB there is no job `c`',
      '5:5-10 UNKNOWN_KEY unknown key `stesp` in a job; did you mean `steps`?',
      '6:3-5 JOB_NAME `9a` cannot be the name of a job: a name begins with a letter or `_` and has at most 63 letters, digits, `_` and `-`',
      '7:1-4 UNKNOWN_KEY unknown key `onn` at the top level; did you mean `on`?',
    ]);
  });

  it('has its place told behind Windows line ends, a byte order mark, and letters outside the BMP', () => {
    expect(faults('steps: [ls]\r\nimge: a\r\n')).toEqual([expect.stringMatching(/^2:1-5 /)]);
    expect(faults('\uFEFFimge: a\nsteps: [ls]')).toEqual([expect.stringMatching(/^1:1-5 /)]);
    expect(faults('{steps: [ls], environment: {A: "🪨", 1: b}}')).toEqual([expect.stringMatching(/^1:38-39 /)]);
  });

  it('may hold no control characters', () => {
    expect(faults('steps:\n  - a\0b')).toEqual([
      '2:6-7 CONTROL_CHARACTER not valid YAML: the control character 0x00 is not allowed in a text file',
    ]);
    expect(faults('steps: [\u001fls]')).toEqual([expect.stringMatching(/^1:9-10 .* 0x1f /)]);
  });
});

describe('a valid spec', () => {
  it('has jobs with what they need, run and inherit', () => {
    const pipeline = pipelineOf(
      'image: node:22',
      'environment:',
      '  CI: "true"',
      'jobs:',
      '  test:',
      '    image: registry.example:5000/team/node:22-slim@sha256:abc',
      '    needs: lint',
      '    environment: {LEVEL: 3}',
      '    steps:',
      '      - name: Unit tests',
      '        run: [npm ci, npm test]',
      '        environment: {FAST: yes}',
      '  lint:',
      '    - npm ci',
      '    - run: |',
      '        npm run lint',
      '        npm run format',
    );
    expect(pipeline).toMatchObject({
      image: 'node:22',
      environment: new Map([['CI', 'true']]),
      jobs: [
        {
          name: 'lint',
          environment: none,
          needs: [],
          steps: [
            { run: ['npm ci'], environment: none },
            { run: ['npm run lint\nnpm run format\n'], environment: none },
          ],
        },
        {
          name: 'test',
          image: 'registry.example:5000/team/node:22-slim@sha256:abc',
          environment: new Map([['LEVEL', '3']]),
          needs: ['lint'],
          steps: [{ name: 'Unit tests', run: ['npm ci', 'npm test'], environment: new Map([['FAST', 'yes']]) }],
        },
      ],
    });
  });

  it.each(['steps', 'execute'])('in its short form is one job named build (%s)', (key) => {
    const { jobs } = pipelineOf(`${key}:`, '  - npm ci', '  - npm test');
    expect(jobs.map(({ name }) => name)).toEqual(['build']);
    expect(jobs[0]?.steps.map(({ run }) => run)).toEqual([['npm ci'], ['npm test']]);
  });

  it('takes scalars as they are written', () => {
    const { environment } = pipelineOf(
      'environment:',
      ...['3.10', '010', '0x1F', 'yes', 'True', '1e3', '.inf', '~', '"quoted: \\t"', "'it''s'"].map(
        (v, i) => `  V${i}: ${v}`,
      ),
      '  EMPTY:',
      '  TEXT: |',
      '    one',
      '    two',
      'steps: [true]',
    );
    expect([...environment.values()]).toEqual([
      '3.10',
      '010',
      '0x1F',
      'yes',
      'True',
      '1e3',
      '.inf',
      '~',
      'quoted: \t',
      "it's",
      '',
      'one\ntwo\n',
    ]);
  });

  it('runs what YAML takes for a boolean', () =>
    expect(pipelineOf('steps: [true]').jobs[0]?.steps[0]?.run).toEqual(['true']));

  it('gives a shell no carriage returns', () =>
    expect(pipelineOf('steps:\r', '  - |\r', '    a\r', '    b\r').jobs[0]?.steps[0]?.run).toEqual(['a\nb\n']));

  it('may use anchors, aliases and merge keys', () => {
    const { jobs } = pipelineOf(
      'x-environment: &common {A: one, B: one}',
      '.base: &base',
      '  image: node:22',
      '  steps: &steps [npm ci, &last npm test]',
      'jobs:',
      '  a: *base',
      '  b: {<<: *base, image: node:24}',
      '  c:',
      '    steps: *steps',
      '    needs: &needs [a, b]',
      '    environment: {B: two, <<: [{C: three, A: won}, *common]}',
      '  d:',
      '    needs: *needs',
      '    steps: [*last]',
    );
    expect(jobs.map(({ image }) => image)).toEqual(['node:22', 'node:24', undefined, undefined]);
    expect(jobs[2]?.environment).toEqual(
      new Map([
        ['A', 'won'],
        ['B', 'two'],
        ['C', 'three'],
      ]),
    );
    expect(jobs[3]).toMatchObject({ needs: ['a', 'b'], steps: [{ run: ['npm test'] }] });
  });

  it('takes an alias for the anchor that comes last before it', () => {
    const { environment } = pipelineOf(
      'x-a: &v one',
      'x-b: &v two',
      'environment: {A: *v}',
      'x-c: &v three',
      'steps: [ls]',
    );
    expect(environment.get('A')).toBe('two');
  });

  it('orders jobs by their needs, otherwise as in the file', () => {
    const { jobs } = pipelineOf(
      'jobs:',
      '  deploy: {needs: [test, lint], steps: [ls]}',
      '  docs: [ls]',
      '  test: {needs: build, steps: [ls]}',
      '  lint: [ls]',
      '  build: [ls]',
    );
    expect(jobs.map(({ name }) => name)).toEqual(['docs', 'lint', 'build', 'test', 'deploy']);
  });

  it('may call jobs and variables like properties of an object', () => {
    const { jobs, environment } = pipelineOf(
      'environment: {__proto__: a, constructor: b}',
      'jobs:',
      '  constructor: [ls]',
      '  __proto__: {needs: constructor, steps: [ls]}',
      '  toString: {needs: [__proto__], steps: [ls]}',
    );
    expect(jobs.map(({ name }) => name)).toEqual(['constructor', '__proto__', 'toString']);
    expect([...environment]).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  it('may need a job twice, with a warning', () => {
    const text = 'jobs:\n  a: [ls]\n  b: {needs: [a, a], steps: [ls]}';
    expect(faults(text)).toEqual(['warning 3:18-19 NEEDED_TWICE `a` is needed already']);
    expect(parseSpec(text).pipeline?.jobs[1]?.needs).toEqual(['a']);
  });
});
