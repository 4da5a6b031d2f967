import { planOf } from './test-specs.js';

const nameOfStep = (...lines: string[]): string | undefined => planOf(...lines).templates[0]?.steps[0]?.name;

describe('planPipeline', () => {
  it('makes a template and a row of each job', () => {
    const plan = planOf(
      'image: node:22',
      'environment: {A: pipeline, B: pipeline}',
      'jobs:',
      '  test:',
      '    needs: [lint]',
      '    image: node:24',
      '    environment: {B: job}',
      '    steps:',
      '      - name: Unit tests',
      '        run: [npm ci, npm test]',
      '        environment: {B: step}',
      '  lint: [npm run lint]',
    );
    const why = { runs: true, detail: 'it has no `when`' };
    const row = { cell: {}, pool: 'default', infrastructureRetries: 2, timeoutMs: 3_600_000, why };
    expect(plan).toEqual({
      templates: [
        {
          name: 'lint',
          image: 'node:22',
          environment: { A: 'pipeline', B: 'pipeline' },
          steps: [{ name: 'npm run lint', run: 'npm run lint', environment: {} }],
        },
        {
          name: 'test',
          image: 'node:24',
          environment: { A: 'pipeline', B: 'job' },
          steps: [{ name: 'Unit tests', run: 'npm ci\nnpm test', environment: { B: 'step' } }],
        },
      ],
      jobs: [
        { id: 'lint', name: 'lint', needs: [], ...row },
        { id: 'test', name: 'test', needs: ['lint'], ...row },
      ],
      why: { runs: true, detail: 'without `on` every push to a branch is built' },
    });
  });

  it('names no image where the spec names none', () =>
    expect(planOf('steps: [ls]').templates[0]).not.toHaveProperty('image'));

  it('names a step by the first line of its commands', () => {
    expect(nameOfStep('steps:', '  - |', '', '    npm ci', '    npm test')).toBe('npm ci');
    expect(nameOfStep('steps: [{run: [npm ci, npm test]}]')).toBe('npm ci');
    expect(nameOfStep(`steps: [${'é'.repeat(80)}]`)).toBe('é'.repeat(80));
    expect(nameOfStep(`steps: [${'🪨'.repeat(81)}]`)).toBe(`${'🪨'.repeat(79)}…`);
  });

  it('survives JSON, whatever its names', () => {
    const plan = planOf('environment: {__proto__: a, constructor: b}', 'jobs: {__proto__: [ls], constructor: [ls]}');
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(Object.entries(plan.templates[0]?.environment ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(Object.prototype).not.toHaveProperty('a');
  });
});
