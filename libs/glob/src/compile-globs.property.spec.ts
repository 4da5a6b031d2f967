import fc from 'fast-check';
import { compileGlobs, type Globs } from './index.js';

/** A second opinion: braces written out in the text, then a regular expression, which may go back and forth. */
const reference = (patterns: readonly string[], text: string): boolean => {
  if (text.startsWith('/') || text.split('/').includes('..')) return false;
  let matches = patterns.length > 0 && patterns.every((pattern) => pattern.startsWith('!'));
  for (const pattern of patterns) {
    const positive = pattern.replace(/^!/, '');
    if (writtenOut(positive).some((one) => expressionOf(one).test(text))) matches = positive === pattern;
  }
  return matches;
};

const writtenOut = (pattern: string): string[] => {
  const innermost = /\{([^{}]*)\}/.exec(pattern);
  if (!innermost) return [pattern];
  const [whole, choices = ''] = innermost;
  const [before, after] = [pattern.slice(0, innermost.index), pattern.slice(innermost.index + whole.length)];
  return choices.split(',').flatMap((choice) => writtenOut(`${before}${choice}${after}`));
};

const expressionOf = (pattern: string): RegExp => {
  const source = pattern
    .replace(/\*\*+/g, 'D')
    .replace(/(^|\/)(?:D\/)+/g, '$1(?:.*/)?')
    .replace(/D/g, '.*')
    .replace(/(?<!\.|\))\*/g, '[^/]*')
    .replace(/\[!/g, '[^/')
    .replace(/(?<!\))\?(?!:)/g, '[^/]');
  return new RegExp(`^${source}$`, 'su');
};

const piece = fc.constantFrom(
  'a',
  'a',
  'b',
  '/',
  '/',
  '*',
  '*',
  '**',
  '**/',
  '?',
  '[ab]',
  '[!a]',
  '{a,b}',
  '{**/,b}',
  '{a,{b,/}*}',
);
const pattern = fc
  .tuple(fc.constantFrom('', '', '!'), fc.array(piece, { minLength: 1, maxLength: 7 }))
  .map(([excludes, pieces]) => excludes + pieces.join(''));
const text = fc.string({ unit: fc.constantFrom('a', 'a', 'b', 'c', '/', '.'), maxLength: 10 });

const compiled = (patterns: readonly string[]): Globs | undefined => {
  const result = compileGlobs(patterns);
  return result.ok ? result.globs : undefined;
};

describe('globs', () => {
  it('agree with a second opinion', () => {
    let agreed = 0;
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 1, maxLength: 3 }),
        fc.array(text, { maxLength: 5 }),
        (patterns, texts) => {
          const globs = compiled(patterns);
          if (!globs) return;
          agreed++;
          for (const one of texts) expect([one, globs.matches(one)]).toEqual([one, reference(patterns, one)]);
        },
      ),
      { numRuns: 5_000 },
    );
    expect(agreed).toBeGreaterThan(500);
  });

  it('never miss a match below a folder that is not worth a look', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', '.a');
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 1, maxLength: 3 }),
        fc.array(segment, { minLength: 1, maxLength: 5 }),
        (patterns, path) => {
          const globs = compiled(patterns);
          if (!globs?.matches(path.join('/'))) return;
          for (let depth = 0; depth < path.length; depth++)
            expect(globs.couldMatchBelow(path.slice(0, depth).join('/'))).toBe(true);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('answer any texts, with faults inside the pattern', () => {
    const unit = fc.oneof(fc.constantFrom(...'ab*?[]{},!\\-^/.'), fc.string({ unit: 'binary', maxLength: 1 }));
    const any = fc.array(fc.string({ unit, maxLength: 40 }), { maxLength: 5 });
    fc.assert(
      fc.property(any, fc.string({ unit, maxLength: 40 }), (patterns, path) => {
        const result = compileGlobs(patterns);
        if (result.ok) {
          expect(result.globs.decide(path).rule ?? 0).toBeLessThan(Math.max(1, patterns.length));
          result.globs.couldMatchBelow(path);
          return;
        }
        expect(result.faults.length).toBeGreaterThan(0);
        for (const { pattern: index, offset, length, message } of result.faults) {
          const length_ = patterns[index]?.length ?? -1;
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(length).toBeGreaterThanOrEqual(0);
          expect(offset + length).toBeLessThanOrEqual(length_);
          expect(message).toMatch(/^[^\n]+$/);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['*a'.repeat(500) + 'b', 'a'.repeat(2_000)],
    ['**/'.repeat(300) + 'b', 'a/'.repeat(1_000) + 'a'],
    ['**a'.repeat(300) + 'b', 'a'.repeat(2_000)],
    ['**/*a'.repeat(200) + 'b', 'a/a'.repeat(700)],
    ['?*'.repeat(500) + '/', 'a'.repeat(2_000)],
    ['*[!b]'.repeat(200), 'a'.repeat(2_000) + 'b'],
    ['{*a,*b}'.repeat(8) + 'c', 'ab'.repeat(1_000)],
  ])('take time in proportion to pattern and text: %s', (hostile, path) => {
    const work = { steps: 0 };
    const written = writtenOut(hostile).reduce((total, one) => total + one.length, 0);
    expect(compiled([hostile.replace(/\/$/, '/a')])?.decideWithin(path, work, Infinity)).toEqual({ matches: false });
    expect(work.steps).toBeGreaterThan(path.length);
    expect(work.steps).toBeLessThanOrEqual(written * path.length * 2);
  });
});
