import fc from 'fast-check';
import { DEEPEST_GROUP, type Group, GroupFinder, MOST_GROUPS } from '../index.js';

/** Line n is written at n seconds. */
const finderOf = (lines: readonly string[]): GroupFinder => {
  const finder = new GroupFinder();
  lines.forEach((line, at) => finder.add(at + 1, (at + 1) * 1000, line));
  finder.end();
  return finder;
};
const asText = ({ kind, title, depth, from, to, startedAt, endedAt, collapsed }: Group): string =>
  `${'  '.repeat(depth)}${from}-${to} ${kind} ${title}${collapsed ? ' (collapsed)' : ''} ${((endedAt ?? NaN) - startedAt) / 1000}s`;
const groups = (...lines: string[]): string[] => finderOf(lines).groups().map(asText);

describe('groups', () => {
  it("are GitHub's", () =>
    expect(groups('::group::Install', 'a', '::endgroup::', 'b', '##[group]Build', '##[endgroup]')).toEqual([
      '1-3 group Install (collapsed) 2s',
      '5-6 group Build (collapsed) 1s',
    ]));

  it("are GitLab's, with the times that they carry, several marks on a line", () =>
    expect(
      groups(
        '\x1b[0Ksection_start:1700000000:install[collapsed=true]\r\x1b[0K\x1b[36mInstall\x1b[0m',
        'a',
        'section_end:1700000012:install\r\x1b[0Ksection_start:1700000012:test\r\x1b[0KTests',
        'section_start:1700000013:inner\r\x1b[0K',
        'section_end:1700000020:test\r\x1b[0K',
      ),
    ).toEqual(['1-3 section Install (collapsed) 12s', '3-5 section Tests 8s', '  4-5 section inner 7s']));

  it("are Buildkite's: each ends the one before, and a mark opens the one it is in", () =>
    expect(groups('--- Install', 'a', '+++ Test', 'b', '~~~ Quiet', '--- Broken', '^^^ +++', 'c')).toEqual([
      '1-2 part Install (collapsed) 2s',
      '3-4 part Test 2s',
      '5-5 part Quiet (collapsed) 1s',
      '6-8 part Broken 2s',
    ]));

  it('are each command that is printed, within the group around it', () =>
    expect(groups('$ npm ci', 'a', '+ npm test', 'b', '::group::x', '$ ls', '::endgroup::', '$ rm a', 'c')).toEqual([
      '1-2 command npm ci 2s',
      '3-4 command npm test 2s',
      '5-7 group x (collapsed) 2s',
      '  6-7 command ls 1s',
      '8-9 command rm a 1s',
    ]));

  it('are in each other, and end with what they are in', () =>
    expect(groups('::group::a', '::group::b', 'x', '::endgroup::', 'y')).toEqual([
      '1-5 group a (collapsed) 4s',
      '  2-4 group b (collapsed) 2s',
    ]));

  it.each([
    ...[
      '--- a/src/a.c',
      '+++ b/src/a.c',
      '--- /dev/null',
      '--- FAIL: TestTotal (0.00s)',
      '--- Expected',
      '--- old.c\t2026',
    ],
    ...[
      '+ Received',
      '+ 3',
      '+++',
      '---',
      '$',
      '$x',
      '::endgroup::',
      'section_end:1:a\r',
      'say section_start:1:a\r',
      '^^^ +++',
    ],
    ...['a ::group::b', '+added', '+ }'],
  ])('are not in %j', (line) => expect(groups(line)).toEqual([]));

  it('are open until their end is there', () => {
    const finder = new GroupFinder();
    expect(finder.add(1, 5, '::group::a')).toMatchObject({ title: 'a', to: null, endedAt: null });
    expect(finder.add(2, 6, 'x')).toBeUndefined();
    finder.end(9);
    expect(finder.groups()).toMatchObject([{ from: 1, to: 2, startedAt: 5, endedAt: 9 }]);
  });

  it('are bounded in depth and number', () => {
    const deep = finderOf(Array.from({ length: 100 }, () => '::group::a')).groups();
    expect(Math.max(...deep.map(({ depth }) => depth)) + 1).toBe(DEEPEST_GROUP);
    expect(finderOf(Array.from({ length: 2 * MOST_GROUPS }, () => '$ a')).groups().length).toBe(MOST_GROUPS);
  });

  it('lie in each other or beside each other, whatever is printed', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            ...['::group::a', '::endgroup::', '--- a', '+++ b', '^^^ +++', '$ a', '+ b', 'text', ''],
            ...[
              'section_start:5:a\r',
              'section_end:9:a\r',
              'section_start:7:b[collapsed=true]\rB',
              'section_end:8:b\r',
            ],
          ),
        ),
        (lines) => {
          const all = finderOf(lines).groups();
          for (const { from, to, startedAt, endedAt } of all) {
            expect(to).toBeGreaterThanOrEqual(from);
            expect(to).toBeLessThanOrEqual(lines.length);
            expect(endedAt).toBeGreaterThanOrEqual(startedAt);
          }
          for (const inner of all.filter(({ depth }) => depth > 0)) {
            const around = all.findLast(({ from, depth }) => depth === inner.depth - 1 && from <= inner.from);
            expect(around?.to).toBeGreaterThanOrEqual(inner.to ?? Infinity);
          }
        },
      ),
    ));
});
