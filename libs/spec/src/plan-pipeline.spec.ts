import { expand, parseTemplate } from '#expression';
import { jobId } from '#events';
import { notCarriedOut, parseSpec, planPipeline } from './index.js';
import { pipelineOf, planFor, planOf, pullRequest, request, trigger } from './test-specs.js';

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

  it('carries every key of a job and its steps', () => {
    const { templates, jobs } = planOf(
      'jobs:',
      '  a: [ls]',
      '  b:',
      '    needs: [a, {job: gone, optional: true}, {job: c, optional: true}]',
      '    image: node:22',
      '    services:',
      '      db: {image: postgres:16, environment: {POSTGRES_PASSWORD: test}, command: [postgres, -c, fsync=off]}',
      '      cache: redis:7',
      '      docker: {image: docker:27-dind, privileged: true}',
      '    secrets: [ONE]',
      '    timeout: 1h30m',
      '    retry: {command: 1, infrastructure: 0}',
      '    allow_failure: true',
      '    runs_on: [big]',
      '    resources: {cpus: 0.5, memory: 512MiB}',
      '    concurrency: {group: deploy, cancel: true}',
      '    cache: {key: "npm-${{ hash(\'package-lock.json\') }}", restore_keys: npm-, paths: ~/.npm}',
      "    artifacts: 'dist/**'",
      '    artifacts_from: [a]',
      "    reports: {junit: ['reports/*.xml']}",
      '    clone: {depth: 0, submodules: true, lfs: false}',
      '    notify: [ops, {to: dev, on: change}]',
      '    steps:',
      '      - name: Test',
      '        run: [make, npm test]',
      '        image: node:24',
      '        secrets: [TWO, ONE]',
      '        shell: bash -e',
      '        working_directory: web',
      '        user: node',
      '        timeout: 90s',
      '        retry: 2',
      '        allow_failure: true',
      '  c: {steps: [ls], clone: false, approval: true, concurrency: release, retry: 3}',
    );
    expect(templates.map(({ name }) => name)).toEqual(['a', 'c', 'b']);
    expect(templates[2]).toEqual({
      name: 'b',
      image: 'node:22',
      environment: {},
      services: [
        {
          name: 'db',
          image: 'postgres:16',
          environment: { POSTGRES_PASSWORD: 'test' },
          command: ['postgres', '-c', 'fsync=off'],
        },
        { name: 'cache', image: 'redis:7', environment: {} },
        { name: 'docker', image: 'docker:27-dind', environment: {}, privileged: true },
      ],
      commandRetries: 1,
      allowFailure: true,
      resources: { cpus: 0.5, memoryBytes: 512 * 1024 ** 2 },
      cache: [{ key: "npm-${{ hash('package-lock.json') }}", restoreKeys: ['npm-'], paths: ['~/.npm'] }],
      artifacts: ['dist/**'],
      artifactsFrom: ['a'],
      reports: { junit: ['reports/*.xml'] },
      clone: { depth: 0, submodules: true },
      notify: [
        { to: 'ops', on: 'failure' },
        { to: 'dev', on: 'change' },
      ],
      steps: [
        {
          name: 'Test',
          run: 'make\nnpm test',
          environment: {},
          image: 'node:24',
          secrets: ['ONE', 'TWO'],
          shell: 'bash -e',
          workingDirectory: 'web',
          user: 'node',
          timeoutMs: 90_000,
          retries: 2,
          allowFailure: true,
        },
      ],
    });
    expect(templates[1]).toMatchObject({ approval: true, clone: false, commandRetries: 3 });
    const why = { runs: true, detail: 'it has no `when`' };
    expect(jobs.slice(1)).toEqual([
      {
        ...{ id: 'c', name: 'c', cell: {}, needs: [], pool: 'default', infrastructureRetries: 0 },
        ...{ timeoutMs: 3_600_000, group: { name: 'release', cancel: false }, why },
      },
      {
        ...{ id: 'b', name: 'b', cell: {}, needs: ['a', 'c'], optionalNeeds: ['c'], pool: 'big' },
        ...{ infrastructureRetries: 0, timeoutMs: 5_400_000, group: { name: 'deploy', cancel: true }, why },
      },
    ]);
  });

  it('makes a row of each cell, with what the cell decides', () => {
    const { templates, jobs } = planOf(
      'matrix: {node: [20, 22], include: [{node: 22, pool: big}]}',
      'image: node:${{ matrix.node }}',
      "runs_on: ${{ matrix.pool || 'small' }}",
      'concurrency: test-${{ matrix.node }}',
      'steps: ["npm test -- ${{ matrix.node }}"]',
    );
    expect(templates).toHaveLength(1);
    expect(templates[0]).toMatchObject({
      image: 'node:${{ matrix.node }}',
      steps: [{ name: 'npm test -- ${{ matrix.node }}', run: 'npm test -- ${{ matrix.node }}' }],
    });
    expect(jobs.map(({ id, cell, pool, group }) => ({ id, cell, pool, group: group?.name }))).toEqual([
      { id: jobId('build', { node: '20' }), cell: { node: '20' }, pool: 'small', group: 'test-20' },
      {
        id: jobId('build', { node: '22', pool: 'big' }),
        cell: { node: '22', pool: 'big' },
        pool: 'big',
        group: 'test-22',
      },
    ]);
  });

  it('gives a fork no other pool than that of everybody', () => {
    const poolOf = (fork: boolean) =>
      planFor({ trigger: pullRequest({ fork }) }, 'runs_on: gpu', 'steps: [ls]').jobs[0]?.pool;
    expect([poolOf(true), poolOf(false)]).toEqual(['default', 'gpu']);
  });

  it('gives a fork groups of its own', () => {
    const groupOf = (fork: boolean) =>
      planFor({ trigger: pullRequest({ fork }) }, 'concurrency: deploy', 'steps: [ls]').jobs[0]?.group?.name;
    expect([groupOf(true), groupOf(false)]).toEqual(['pr-7/deploy', 'deploy']);
  });

  it('works out what is known, and leaves the rest', () => {
    const { templates } = planOf(
      'environment: {A: "${{ cairn.repo }}@${{ cairn.branch }}", B: "${{ cairn.build_number }}"}',
      'jobs:',
      '  a: {image: "node:${{ cairn.event }}", steps: [{run: ls, environment: {C: "${{ environment.A }}"}}]}',
    );
    expect(templates[0]).toMatchObject({
      image: 'node:push',
      environment: { A: 'cairn/demo@main', B: '${{ cairn.build_number }}' },
      steps: [{ environment: { C: '${{ environment.A }}' } }],
    });
  });

  it('keeps text from outside text, also when it looks like an expression', () => {
    const branch = '${{ environment.TOKEN }}';
    const { templates } = planFor(
      { trigger: trigger({ branch }) },
      'environment: {A: "${{ cairn.branch }}"}',
      'steps: [ls]',
    );
    const template = parseTemplate(templates[0]?.environment.A ?? '');
    expect(template.ok && expand(template.value, {})).toEqual({ ok: true, value: branch });
  });

  it('refuses what expressions make of an image, a pool and a group', () => {
    const { pipeline } = parseSpec(
      [
        'jobs:',
        '  a: {image: "node:${{ cairn.title }}", steps: [ls]}',
        '  b: {runs_on: "${{ cairn.branch }}", steps: [ls]}',
        '  c: {concurrency: "${{ cairn.tag }}", steps: [ls]}',
        '  d: {matrix: {n: [a b]}, services: {db: "db:${{ matrix.n }}"}, steps: [{run: ls, image: "x:${{ matrix.n }}"}]}',
      ].join('\n'),
    );
    if (!pipeline) throw new TypeError('no pipeline');
    const { plan, diagnostics } = planPipeline(pipeline, request({ trigger: trigger({ branch: 'a/b' }) }));
    expect(plan).toBeUndefined();
    expect(diagnostics.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`)).toEqual([
      '2:14 CAIRN_SPEC_EXPANDED with its expressions worked out, `image` is `node:Add a stone`, which cannot be',
      '3:16 CAIRN_SPEC_EXPANDED with its expressions worked out, `runs_on` is `a/b`, which cannot be',
      '4:20 CAIRN_SPEC_EXPANDED with its expressions worked out, the name of the group is empty, which cannot be',
      '5:37 CAIRN_SPEC_EXPANDED with its expressions worked out, `image` is `db:a b`, which cannot be',
      '5:73 CAIRN_SPEC_EXPANDED with its expressions worked out, `image` is `x:a b`, which cannot be',
    ]);
  });

  it('never cuts an expression in the name of a step', () => {
    const step = (run: string) => nameOfStep('matrix: {n: [1]}', `steps: ["${run}"]`);
    expect(step(`${'x'.repeat(70)} \${{ matrix.n }} y`)).toBe(`${'x'.repeat(70)}…`);
    expect(step(`${'x'.repeat(60)} \${{ matrix.n }}`)).toBe(`${'x'.repeat(60)} \${{ matrix.n }}`);
  });

  it('refuses a plan that repeats more than can be stored', () => {
    const variables = Array.from({ length: 400 }, (_, n) => `  V${n}: ${'x'.repeat(100)}`);
    const jobs = Array.from({ length: 300 }, (_, n) => `  j${n}: [ls]`);
    const { pipeline } = parseSpec(['environment:', ...variables, 'jobs:', ...jobs].join('\n'));
    if (!pipeline) throw new TypeError('no pipeline');
    expect(planPipeline(pipeline, request()).diagnostics).toMatchObject([{ code: 'CAIRN_SPEC_PLAN_TOO_LARGE' }]);
  });
});

describe('notCarriedOut', () => {
  const refused = (...lines: string[]): string[] =>
    notCarriedOut(pipelineOf(...lines)).map(
      ({ code, line, column, message }) => `${line}:${column} ${code} ${message}`,
    );

  it('names what this version leaves to the next, where it stands', () => {
    expect(refused('notify: ops', 'steps: [{run: ls, user: node}]')).toEqual([
      '1:1 CAIRN_SPEC_NOT_YET `notify` is part of the language, but this version does not carry it out yet',
    ]);
    expect(refused('steps: [ls]', 'clone: {depth: 0, submodules: true, lfs: true}')).toEqual([]);
    expect(refused('jobs:', '  a: {matrix: {n: [1]}, steps: ["echo ${{ matrix.n }}"]}')).toEqual([]);
  });

  it('has nothing against the rest', () =>
    expect(
      refused('on: push', 'when: {branch: main}', 'timeout: 5m', 'environment: {A: "${{ cairn.sha }}"}', 'steps: [ls]'),
    ).toEqual([]));
});
