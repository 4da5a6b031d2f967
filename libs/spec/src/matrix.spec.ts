import { combinationsOf, expand, type Axes, type Cell } from './matrix.js';
import { pipelineOf } from './test-specs.js';

const axes = (values: Record<string, string[]>): Axes => new Map(Object.entries(values));
const cells = (...list: Record<string, string>[]): Cell[] => list.map((cell) => new Map(Object.entries(cell)));
const shownCells = (list: readonly Cell[]): string[] =>
  list.map((cell) => [...cell].map(([name, value]) => `${name}=${value}`).join(' '));

describe('expand', () => {
  it('combines the axes, the first changing slowest', () => {
    const both = axes({ os: ['linux', 'mac'], node: ['20', '22'] });
    expect(combinationsOf(both)).toBe(4);
    expect(shownCells(expand(both, [], []).cells)).toEqual([
      'os=linux node=20',
      'os=linux node=22',
      'os=mac node=20',
      'os=mac node=22',
    ]);
  });

  it('takes away what has all values of an entry of exclude', () => {
    const both = axes({ os: ['linux', 'mac'], node: ['20', '22'] });
    const { cells: left, excludesNothing } = expand(
      both,
      cells({ os: 'mac' }, { os: 'linux', node: '20' }, { os: 'bsd' }),
      [],
    );
    expect(shownCells(left)).toEqual(['os=linux node=22']);
    expect(excludesNothing).toEqual([2]);
  });

  /** The example that users of GitHub Actions know from its documentation, with other words. */
  it('extends the cells that an entry of include fits, and makes a cell of one that fits none', () => {
    const both = axes({ fruit: ['apple', 'pear'], animal: ['cat', 'dog'] });
    const include = cells(
      { color: 'green' },
      { color: 'pink', animal: 'cat' },
      { fruit: 'apple', shape: 'circle' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    );
    expect(shownCells(expand(both, [], include).cells)).toEqual([
      'fruit=apple animal=cat color=pink shape=circle',
      'fruit=apple animal=dog color=green shape=circle',
      'fruit=pear animal=cat color=pink',
      'fruit=pear animal=dog color=green',
      'fruit=banana',
      'fruit=banana animal=cat',
    ]);
  });

  it('lets include bring back what exclude took', () => {
    const one = axes({ node: ['20', '22'] });
    expect(shownCells(expand(one, cells({ node: '20' }), cells({ node: '20', slow: 'yes' })).cells)).toEqual([
      'node=22',
      'node=20 slow=yes',
    ]);
  });

  it('makes cells of include alone', () => {
    const { cells: made, includesNothing } = expand(axes({}), [], cells({ a: '1' }, { b: '2' }, { a: '1' }));
    expect(shownCells(made)).toEqual(['a=1', 'b=2']);
    expect(includesNothing).toEqual([2]);
  });
});

describe('a matrix', () => {
  it('has its values as they are written', () => {
    const { jobs } = pipelineOf('matrix:', '  v: [3.10, 010, 1e3, yes, ~, "x: y", 2024-01-02]', 'steps: [ls]');
    expect(jobs[0]?.matrix?.cells.map((cell) => cell.get('v'))).toEqual([
      '3.10',
      '010',
      '1e3',
      'yes',
      '~',
      'x: y',
      '2024-01-02',
    ]);
  });

  it('has its settings beside the axes', () => {
    const { jobs } = pipelineOf('matrix: {fail_fast: true, max_parallel: 2, node: [20]}', 'steps: [ls]');
    expect(jobs[0]?.matrix).toMatchObject({ failFast: true, maxParallel: 2, names: new Set(['node']) });
  });

  it('may make 1,000 jobs', () => {
    const numbers = Array.from({ length: 999 }, (_, n) => n).join(', ');
    const { jobs } = pipelineOf('jobs:', `  a: {matrix: {n: [${numbers}]}, steps: [ls]}`, '  b: [ls]');
    expect(jobs[0]?.matrix?.cells).toHaveLength(999);
  });
});
