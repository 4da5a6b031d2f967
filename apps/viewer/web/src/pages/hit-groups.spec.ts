import type { SearchHit } from '../api/api.js';
import { hitGroups, markedParts } from './hit-groups.js';

const hit = (line: number, change: Partial<SearchHit> = {}): SearchHit => ({
  build: {
    ...{ id: 'b1', number: 1, repo: 'a/b', branch: 'main', pullRequest: null },
    ...{ status: 'passed', createdAt: '2026-01-01T00:00:00Z' },
  },
  job: { id: 'test', title: 'test' },
  attempt: 1,
  step: { index: 1, name: 'run' },
  line,
  at: '2026-01-01T00:00:00Z',
  text: `found ${line}`,
  spans: [[0, 5]],
  before: [],
  after: [],
  ...change,
});

describe('finds by step', () => {
  it('stand together, in the order of the first of each, lines rising', () => {
    const other = { attempt: 2 };
    const groups = hitGroups([hit(9), hit(4, other), hit(2)]);
    expect(groups.map(({ lines }) => lines.map(({ line }) => line))).toEqual([[2, 9], [4]]);
  });

  it('show each line once, as a find where it is one', () => {
    const [group] = hitGroups([
      hit(4, { before: [{ line: 3, text: 'found 3' }], after: [{ line: 5, text: 'five' }] }),
      hit(3, { after: [{ line: 4, text: 'found 4' }] }),
    ]);
    expect(group?.lines.map(({ line, hit: of }) => [line, of.line === line])).toEqual([
      [3, true],
      [4, true],
      [5, false],
    ]);
  });

  it('mark what was found', () => {
    const parts = markedParts('an error here', [
      [3, 8],
      [9, 13],
    ]);
    expect(parts.map(({ text, marked }) => (marked ? `[${text}]` : text)).join('')).toBe('an [error] [here]');
    expect(markedParts('x', [])).toEqual([{ text: 'x', marked: false }]);
  });
});
