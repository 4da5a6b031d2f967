import type { Plan } from '#events';
import { onlyJobs } from './chosen-jobs.js';
import { parseSpec, planPipeline } from './index.js';

const job = (id: string, needs: string[] = [], name = id): Plan['jobs'][number] => ({
  id,
  name,
  cell: {},
  needs,
  pool: 'default',
  infrastructureRetries: 2,
  timeoutMs: 1,
});
const plan: Plan = {
  templates: ['a', 'b', 'c', 'd'].map((name) => ({ name, environment: {}, steps: [] })),
  jobs: [job('a'), job('b--1', ['a'], 'b'), job('b--2', ['a'], 'b'), job('c', ['b']), job('d', ['c'])],
};
const chosen = (...names: string[]): string[] => onlyJobs(plan, names).jobs.map(({ id }) => id);

describe('chosen jobs', () => {
  it('come with all that they need, all cells of each', () => {
    expect(chosen('c')).toEqual(['a', 'b--1', 'b--2', 'c']);
    expect(chosen('a')).toEqual(['a']);
    expect(chosen('a', 'd')).toEqual(['a', 'b--1', 'b--2', 'c', 'd']);
  });

  it('have their templates, and no others', () =>
    expect(onlyJobs(plan, ['b']).templates.map(({ name }) => name)).toEqual(['a', 'b']));

  it('are none for a name that is none', () => expect(chosen('x')).toEqual([]));

  it('are those that a trigger asks for', () => {
    const { pipeline } = parseSpec('jobs:\n  a: [ls]\n  b: {needs: a, steps: [ls]}\n  c: [ls]\n');
    if (!pipeline) throw new Error('refused');
    const common = {
      event: 'manual',
      ref: 'refs/heads/main',
      sha: '',
      isDefaultBranch: true,
      title: '',
      author: '',
    } as const;
    const request = { trigger: { ...common, jobs: ['b'] }, repo: 'octo/cat', repoId: 'gh-1' };
    expect(planPipeline(pipeline, request).plan?.jobs.map(({ id }) => id)).toEqual(['a', 'b']);
  });
});
