import { parseSpec } from './index.js';
import { faults } from './test-specs.js';

describe('limits', () => {
  it('refuses a file of more than 1 MiB, in bytes', () => {
    const fits = `steps: [ls] # ${'é'.repeat((1024 * 1024 - 14) / 2)}`;
    expect(faults(fits)).toEqual([]);
    expect(faults(`${fits} `)).toEqual([
      '1:1-1 FILE_TOO_LARGE the file has 1048577 bytes; a pipeline has at most 1048576 (1 MiB)',
    ]);
  });

  it('refuses more than 32 levels', () => {
    const nested = (levels: number): string =>
      `x-deep: ${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}\nsteps: [ls]`;
    expect(faults(nested(32))).toEqual([]);
    expect(faults(nested(33))).toEqual(['1:40-40 TOO_DEEP the file is nested deeper than 32 levels']);
    expect(faults('['.repeat(500_000))).toEqual(['1:33-33 TOO_DEEP the file is nested deeper than 32 levels']);
    expect(faults('- '.repeat(500_000))).toEqual([expect.stringContaining('nested deeper')]);
  });

  it('refuses aliases that unfold without end, also where nobody reads them', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `x-${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
    );
    const bomb = ['x-0: &a0 [lol]', ...levels, 'steps: [ls]'].join('\n');
    expect(faults(bomb)).toEqual([
      '6:41-44 TOO_MANY_ALIASES the aliases of the file stand for more than 100000 values',
    ]);
  });

  it('refuses merges that unfold without end', () => {
    const levels = Array.from({ length: 20 }, (_, i) => `x-${i + 1}: &a${i + 1} {<<: [*a${i}, *a${i}]}`);
    const bomb = ['x-0: &a0 {A: b}', ...levels, 'steps: [ls]', 'environment: *a20'].join('\n');
    expect(faults(bomb)).toEqual([expect.stringMatching(/the aliases of the file stand for more than 100000 values$/)]);
  });

  it('refuses more than 1,000 jobs', () => {
    const jobs = (count: number): string =>
      `jobs:\n${Array.from({ length: count }, (_, i) => ` j${i}: [ls]\n`).join('')}`;
    expect(parseSpec(jobs(1_000)).pipeline?.jobs).toHaveLength(1_000);
    expect(faults(jobs(1_001))).toEqual(['1002:2-7 TOO_MANY_JOBS a pipeline has at most 1000 jobs']);
  });

  it('refuses more than 1,000 steps in a job', () => {
    const steps = (count: number): string => `steps:\n${'- ls\n'.repeat(count)}`;
    expect(parseSpec(steps(1_000)).pipeline?.jobs[0]?.steps).toHaveLength(1_000);
    expect(faults(steps(1_001))).toEqual(['2:1-5 TOO_MANY a job has at most 1000 steps']);
    expect(faults(`jobs:\n  a:\n${'  - ls\n'.repeat(1_001)}`)).toEqual(['3:3-7 TOO_MANY a job has at most 1000 steps']);
  });

  it('refuses more than 500 variables in one place', () => {
    const variables = (count: number): string =>
      `steps: [ls]\nenvironment:\n${Array.from({ length: count }, (_, i) => `  V${i}: x\n`).join('')}`;
    expect(faults(variables(500))).toEqual([]);
    expect(faults(variables(501))).toEqual(['503:3-7 TOO_MANY an `environment` has at most 500 variables']);
  });

  it('refuses more than 250,000 parts', () =>
    expect(faults(`x-a: [${'a,'.repeat(125_000)}]\nsteps: [ls]`)).toEqual([
      expect.stringMatching(/TOO_MANY_PARTS the file has too many parts/),
    ]));

  it('shows the first hundred errors and says that there are more', () => {
    const { diagnostics } = parseSpec(`steps:\n${'- [ls]\n'.repeat(5_000)}`);
    expect(diagnostics).toHaveLength(101);
    expect(diagnostics.at(-1)?.message).toBe('there are more errors; only 100 are shown');
  });

  it('says that there are errors when warnings were many', () => {
    const { pipeline, diagnostics } = parseSpec(
      `jobs:\n  a: [ls]\n  b:\n    needs: [${'a, '.repeat(200)}c]\n    steps: [ls]`,
    );
    expect(pipeline).toBeUndefined();
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toHaveLength(1);
  });
});
