import type { PlanRequest } from './index.js';
import { planFor, pullRequest, tag, trigger } from './test-specs.js';

/** What becomes of a job with this `when`: why it does not run, or what is left to be decided. */
const job = (when: string, values: Partial<PlanRequest> = {}) => {
  const { templates, jobs } = planFor(values, 'jobs:', '  a: [ls]', `  b: {needs: a, when: ${when}, steps: [ls]}`);
  const why = jobs[1]?.why;
  return why?.runs ? (templates[1]?.when ?? 'runs') : `${why?.detail} (line ${why?.line})`;
};

describe('when', () => {
  it.each<[string, Partial<PlanRequest>, string]>([
    ['{event: push}', {}, 'runs'],
    ['{event: [tag, pull_request]}', {}, '`when.event` is `tag` or `pull_request`; the event is `push` (line 3)'],
    ['{branch: main}', {}, 'runs'],
    ['{branch: [main, dev]}', { trigger: trigger({ branch: 'dev' }) }, 'runs'],
    ["{branch: '!main'}", {}, '`when.branch` does not match: the branch `main` is built (line 3)'],
    [
      '{branch: main}',
      { trigger: pullRequest({ fork: true, head: 'main' }) },
      '`when.branch` does not match: a pull request into `main` is built (line 3)',
    ],
    ['{branch: main}', { trigger: tag('v1') }, '`when.branch` does not match: the tag `v1` is built (line 3)'],
    ["{tag: 'v*'}", { trigger: tag('v1') }, 'runs'],
    ["{tag: 'v*'}", {}, '`when.tag` does not match: the branch `main` is built (line 3)'],
    ['{base: main}', { trigger: pullRequest() }, 'runs'],
    ['{base: main}', {}, '`when.base` does not match: the branch `main` is built (line 3)'],
    ["{paths: 'src/**'}", { changedFiles: ['docs/a'] }, 'no changed file matches `when.paths` (line 3)'],
    ["{paths: 'src/**'}", { changedFiles: ['src/a'] }, 'runs'],
    ["{paths: 'src/**'}", {}, 'runs'],
    ['{event: push, branch: dev}', {}, '`when.branch` does not match: the branch `main` is built (line 3)'],
    ['"${{ cairn.branch == \'main\' }}"', {}, 'runs'],
    ['"${{ cairn.branch != \'main\' }}"', {}, 'the expression of `when` is false (line 3)'],
    ['"${{ startsWith(cairn.ref, \'refs/tags/\') && passed() }}"', {}, 'the expression of `when` is false (line 3)'],
  ])('%s', (when, values, expected) => expect(job(when, values)).toBe(expected));

  it('leaves what depends on the needs', () => {
    expect(job('{status: [failed, cancelled]}')).toEqual({ status: ['failed', 'cancelled'], line: 3 });
    expect(job('"${{ needs.a.X == cairn.branch }}"')).toEqual({ expression: "needs.a.X == 'main'", line: 3 });
    const all = ['passed', 'failed', 'cancelled'];
    expect(job('"${{ failed() }}"')).toEqual({ status: all, expression: 'failed()', line: 3 });
    expect(job('"${{ always() && cairn.event == \'push\' }}"')).toMatchObject({ status: all });
  });

  it('is decided for each cell of a matrix', () => {
    const { templates, jobs } = planFor(
      {},
      'matrix: {os: [linux, mac]}',
      'when: ${{ matrix.os == "linux" }}'.replaceAll('"', "'"),
      'steps: [ls]',
    );
    expect(jobs.map(({ why }) => why?.runs)).toEqual([true, false]);
    expect(templates[0]?.when).toEqual({ expression: "matrix.os == 'linux'", line: 2 });
  });

  it('fails the plan when it must fail', () => {
    const spec = ['matrix: {n: [1, x]}', 'when: ${{ matrix.n < 2 }}', 'steps: [ls]'];
    expect(() => planFor({}, ...spec)).toThrow(/EXPRESSION_TYPE/);
  });

  it('of a step is decided when planning, or left', () => {
    const { templates } = planFor(
      {},
      'matrix: {os: [linux]}',
      'steps:',
      '  - {run: a, when: {event: tag}}',
      '  - {run: b, when: {branch: main}}',
      '  - {run: c, when: {status: failed}}',
      '  - {run: d, when: "${{ matrix.os == \'mac\' || failed() }}"}',
      '  - {run: e, when: "${{ cairn.event == \'tag\' }}"}',
    );
    expect(templates[0]?.steps.map(({ when, skipped }) => skipped ?? when ?? 'runs')).toEqual([
      { runs: false, detail: '`when.event` is `tag`; the event is `push`', line: 3 },
      'runs',
      { status: ['failed'], line: 5 },
      { status: ['passed', 'failed', 'cancelled'], expression: "matrix.os == 'mac' || failed()", line: 6 },
      { runs: false, detail: 'the expression of `when` is false', line: 7 },
    ]);
  });
});
