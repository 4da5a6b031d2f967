import { compileGlobs, matchPaths, MAX_EXPANSIONS, MAX_GLOB, MAX_GLOBS, type Globs } from './index.js';

const globs = (...patterns: string[]): Globs => {
  const compiled = compileGlobs(patterns);
  if (!compiled.ok) throw new Error(compiled.faults.map(({ message }) => message).join('\n'));
  return compiled.globs;
};

describe('a pattern', () => {
  it.each([
    // pattern, what it matches, what it does not
    ['main', 'main', 'Main mai main2 a/main'],
    ['release/*', 'release/1 release/.x', 'release release/1/2 xrelease/1'],
    ['*', 'main .hidden', 'a/b'],
    ['v*', 'v v1.2 v-x', 'v1/2 xv'],
    ['*.md', 'README.md .md', 'docs/a.md README.mdx'],
    ['**', 'a a/b .a/b', ''],
    ['**/*.md', 'a.md a/b.md a/b/c.md .a/.md', 'a.mdx a/md'],
    ['**.md', 'a.md a/b.md', 'a.mdx'],
    ['**/x', 'x a/x a/b/x', 'ax a/bx x/a'],
    ['src/**', 'src/a src/a/b src/.a', 'src srcs/a a/src/b'],
    ['a/**/b', 'a/b a/x/b a/x/y/b', 'ab a/xb ax/b'],
    ['**/a/**', 'a/x x/a/y', 'a x/a'],
    ['a**b', 'ab axb a/b a/x/yb', 'a b'],
    ['a**/b', 'a/b ax/b a/x/b', 'ab axb'],
    ['***/x', 'x a/x', 'ax'],
    ['v?', 'v1 vé v😀', 'v v12 v/'],
    ['[abc]', 'a c', 'd ab'],
    ['[a-cx]z', 'az bz xz', 'dz -z'],
    ['[!a-c]', 'd - 😀', 'a b /'],
    ['[a-]', 'a -', 'b'],
    ['[\\]\\-\\\\]', '] - \\', 'a'],
    ['a[!b]c', 'axc', 'abc a/c'],
    ['{a,b}c', 'ac bc', 'c abc'],
    ['{,x}a', 'a xa', 'xxa'],
    ['{a,b{c,d}}/{e,*.f}', 'a/e bc/e bd/x.f', 'b/e bcd/e'],
    ['{**/,}x', 'x a/x', 'ax'],
    ['**{/a,b}', 'a x/a xb x/b', 'xa'],
    ['*{*,x}y', 'a/y axy', 'x'],
    ['a,b', 'a,b', 'a'],
    ['\\*\\?\\[\\{\\}\\!\\,', '*?[{}!,', 'x'],
    ['\\!a', '!a', 'a'],
    ['(a|b)', '(a|b)', 'a'],
    ['constructor', 'constructor', '__proto__'],
  ])('%s', (pattern, matching, others) => {
    const compiled = globs(pattern);
    const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
    expect([...words(matching), ...words(others)].filter((text) => compiled.matches(text))).toEqual(words(matching));
  });

  it.each(['/a', '..', 'a/../b', '../a'])('never matches %s', (text) => {
    for (const patterns of [['**'], ['*'], ['a**'], ['!x'], ['?{?,*}**']])
      expect(globs(...patterns).decide(text)).toEqual({ matches: false });
  });
});

describe('a list of patterns', () => {
  it.each<[string[], string, { matches: boolean; rule?: number }]>([
    [['a', 'b'], 'b', { matches: true, rule: 1 }],
    [['a', 'b'], 'c', { matches: false }],
    [['src/**', '!**/*.md'], 'src/a.ts', { matches: true, rule: 0 }],
    [['src/**', '!**/*.md'], 'src/a.md', { matches: false, rule: 1 }],
    [['!**/*.md', 'src/**'], 'src/a.md', { matches: true, rule: 1 }],
    [['**', '!a/**', 'a/b/**'], 'a/b/c', { matches: true, rule: 2 }],
    [['!docs/**'], 'docs/a', { matches: false, rule: 0 }],
    [['!docs/**'], 'src/a', { matches: true }],
    [['!a', '!b'], 'c', { matches: true }],
    [['!a', 'b'], 'c', { matches: false }],
    [[], 'a', { matches: false }],
  ])('%j decides about %s: %j', (patterns, text, decision) => {
    expect(globs(...patterns).decide(text)).toEqual(decision);
  });

  it('finds the first path that matches, and the pattern it matches by', () => {
    const compiled = globs('docs/**', 'src/**', '!**/*.md');
    expect(matchPaths(compiled, ['a', 'docs/a.md', 'src/b', 'docs/c'])).toEqual({
      kind: 'match',
      path: 'src/b',
      rule: 1,
    });
    expect(matchPaths(compiled, ['a', 'docs/a.md'])).toEqual({ kind: 'none' });
    expect(matchPaths(compiled, [])).toEqual({ kind: 'none' });
    expect(matchPaths(globs('!a'), ['a', 'b'])).toEqual({ kind: 'match', path: 'b' });
  });

  it('gives up on what is made to take long', () => {
    const compiled = globs(`{,a}${'*a'.repeat(500)}b`, '!x');
    const paths = Array.from({ length: 1_000 }, () => 'a'.repeat(1_000));
    expect(matchPaths(compiled, paths, 1_000_000)).toEqual({ kind: 'undecided' });
  });
});

describe('couldMatchBelow', () => {
  it.each([
    // patterns, folders that are worth a look, others
    [['src/**'], 'src src/a src/a/b', 'srcs docs docs/src'],
    [['src/*.ts'], 'src', 'src/a docs'],
    [['*.md'], '', 'docs'],
    [['**/*.md'], 'docs docs/a .git', ''],
    [['a/*/c/**'], 'a a/b a/b/c a/b/c/d', 'b a/b/d'],
    [['a'], '', 'a b'],
    [['**', '!node_modules/**'], 'src node_module', 'node_modules node_modules/a'],
    [['**', '!**/node_modules/**'], 'src', 'node_modules a/node_modules a/node_modules/b'],
    [['**', '!node_modules/**/*'], 'src', 'node_modules node_modules/a'],
    [['**', '!a/*'], 'a a/b', ''],
    [['**', '!a/**', 'a/b/*'], 'a a/b', 'a/c a/b/c'],
    [['!a/**'], 'b', 'a a/b'],
    [['{a,b/c}/**'], 'a b b/c', 'c b/d'],
    [['**'], 'a', '/a a/../b'],
  ])('%j', (patterns, worthwhile, others) => {
    const compiled = globs(...patterns);
    for (const folder of worthwhile.split(' '))
      expect([folder, compiled.couldMatchBelow(folder)]).toEqual([folder, true]);
    for (const folder of others.split(' ').filter((name) => name !== ''))
      expect([folder, compiled.couldMatchBelow(folder)]).toEqual([folder, false]);
    for (const folder of worthwhile.split(' ')) expect(compiled.couldMatchBelow(`${folder}/`)).toBe(folder !== '');
  });
});

describe('what is wrong with a pattern', () => {
  const faultsOf = (patterns: string[]): string[] => {
    const compiled = compileGlobs(patterns);
    if (compiled.ok) return [];
    return compiled.faults.map(
      ({ pattern, offset, length, code, message }) =>
        `${pattern}:${offset}+${length} ${code.replace('CAIRN_SPEC_GLOB_', '')} ${message}`,
    );
  };

  it.each([
    ['', '0:0+0 NEVER_MATCHES a pattern is not empty; to match everything, write `**`'],
    ['!', '0:0+1 NEVER_MATCHES a pattern is not empty; to match everything, write `**`'],
    ['{,a}', '0:0+4 NEVER_MATCHES a pattern is not empty; to match everything, write `**`'],
    ['/src', '0:0+4 NEVER_MATCHES paths begin at the root of the repository, without a `/`; leave it out'],
    ['docs/', '0:0+5 NEVER_MATCHES no path ends with a `/`; for all that is in a folder, write `/**` at the end'],
    ['**/', '0:0+3 NEVER_MATCHES no path ends with a `/`; for all that is in a folder, write `/**` at the end'],
    ['a//b', '0:0+4 NEVER_MATCHES no path has two `/` in a row; leave one out'],
    [
      './a',
      '0:0+3 NEVER_MATCHES paths have no `.` or `..` between slashes; write them from the root of the repository',
    ],
    [
      '{a/..,b}',
      '0:0+8 NEVER_MATCHES paths have no `.` or `..` between slashes; write them from the root of the repository',
    ],
    ['a[b', '0:1+1 SYNTAX this `[` is not closed; to have it as a character, write `\\[`'],
    ['[]', '0:0+2 SYNTAX these brackets are empty; to have a `]` among the characters, write `\\]`'],
    ['[!]a', '0:0+2 SYNTAX these brackets are empty; to have a `]` among the characters, write `\\]`'],
    ['[^a]', '0:1+1 SYNTAX `[^…]` is written `[!…]` here'],
    ['[z-a]', '0:1+3 SYNTAX this range runs backwards, so it has no characters'],
    ['[a/b]', '0:2+1 SYNTAX brackets never match a `/`; write it outside of them'],
    ['[[:alpha:]]', '0:1+2 SYNTAX classes have no names; write the characters, as in `[a-z]`'],
    ['{a,b', '0:0+1 SYNTAX this `{` is not closed; to have it as a character, write `\\{`'],
    ['a}', '0:1+1 SYNTAX there is no `{` that this `}` closes; to have it as a character, write `\\}`'],
    [
      '{a}',
      '0:0+3 SYNTAX there is nothing to choose from between these braces; write `{one,other}`; to have it as a character, write `\\{`',
    ],
    [
      'v{1..3}',
      '0:1+6 SYNTAX there is nothing to choose from between these braces; there are no ranges; write each, as in `{1,2,3}`',
    ],
    ['a\\', '0:1+1 SYNTAX there is nothing behind this `\\`; to have it as a character, write `\\\\`'],
    [
      'src\\a',
      '0:3+2 SYNTAX this `\\` escapes nothing; folders are separated by `/`, and only a character with a meaning is escaped',
    ],
    ['a'.repeat(MAX_GLOB + 1), '0:0+1024 TOO_LONG a pattern has at most 1024 characters'],
    ['{a,b}'.repeat(10), '0:0+50 TOO_MANY the braces of a list stand for at most 1000 patterns in all; use `*`'],
    ['{a,b}'.repeat(200), '0:0+1000 TOO_MANY the braces of a list stand for at most 1000 patterns in all; use `*`'],
  ])('%j: %s', (pattern, fault) => expect(faultsOf([pattern])).toEqual([fault]));

  it('is said of all patterns at once, the first 20 times', () => {
    expect(faultsOf(['[a', 'ok', '}{'])).toEqual([
      expect.stringMatching(/^0:0\+1 SYNTAX this `\[`/),
      expect.stringMatching(/^2:0\+1 SYNTAX there is no `{`/),
      expect.stringMatching(/^2:1\+1 SYNTAX this `{`/),
    ]);
    expect(faultsOf(Array.from({ length: 100 }, () => '['))).toHaveLength(20);
  });

  it('counts the expansions of all patterns', () => {
    const choice = `{${Array.from({ length: MAX_EXPANSIONS / 4 }, (_, index) => index).join(',')}}`;
    expect(faultsOf([choice, choice, choice, choice])).toEqual([]);
    expect(faultsOf([choice, choice, choice, choice, 'a'])).toEqual([expect.stringMatching(/^4:0\+1 TOO_MANY/)]);
  });

  it('may be that there are too many', () => {
    const many = Array.from({ length: MAX_GLOBS }, () => 'a');
    expect(faultsOf(many)).toEqual([]);
    expect(faultsOf([...many, 'a'])).toEqual(['200:0+0 TOO_MANY there are at most 200 patterns in a list']);
  });
});
