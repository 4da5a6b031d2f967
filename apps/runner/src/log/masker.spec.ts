import fc from 'fast-check';
import { patternsOf } from '../secrets/encodings.js';
import { MASK, masked, maskedText, Masker } from './masker.js';
import { PatternMatcher } from './pattern-matcher.js';

const matcherOf = (patterns: Iterable<string>): PatternMatcher =>
  new PatternMatcher([...patterns].map((pattern) => Buffer.from(pattern)));

/** What the words of `Masker` come to, written down plainly: every byte at which any pattern stands, and one mask for a run. */
const reference = (text: Buffer, patterns: readonly string[]): Buffer => {
  const covered = new Array<boolean>(text.length).fill(false);
  for (const pattern of patterns.map((each) => Buffer.from(each)))
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
      covered.fill(true, at, at + pattern.length);
    }
  const out = [...text].flatMap((byte, n) => (!covered[n] ? [byte] : covered[n - 1] ? [] : [...MASK]));
  return Buffer.from(out);
};

const maskedBy = (matcher: PatternMatcher, parts: readonly Buffer[]): Buffer => {
  const masker = new Masker(matcher);
  return Buffer.concat([...parts.map((part) => masker.push(part)), masker.end()]);
};

const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const ends = [...places.map((place) => Math.floor(place * bytes.length)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, n) => bytes.subarray(n === 0 ? 0 : ends[n - 1], end));
};

/** Few letters, so that patterns overlap, repeat themselves and begin anew within one another. */
const few = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength });
const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
const secret = fc
  .string({ unit: 'grapheme', minLength: 6, maxLength: 80 })
  .filter((text) => text.trim().length >= 6 && !text.includes('*') && Buffer.from(text).toString() === text);

describe('the masker', () => {
  it('covers what the patterns cover, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(few(6), { minLength: 1, maxLength: 6 }), few(60), places, (patterns, text, at) => {
        const bytes = Buffer.from(text);
        const expected = reference(bytes, patterns);
        expect(maskedBy(matcherOf(patterns), [bytes])).toEqual(expected);
        expect(maskedBy(matcherOf(patterns), cut(bytes, at))).toEqual(expected);
        const single = [...bytes].map((byte) => Buffer.from([byte]));
        expect(maskedBy(matcherOf(patterns), single)).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves bytes without a secret as they are', () => {
    const patterns = [...patternsOf('correct horse battery staple')];
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(bytes, places, (text, at) => {
        fc.pre(!patterns.some((pattern) => text.includes(pattern)));
        expect(maskedBy(matcherOf(patterns), cut(text, at))).toEqual(text);
      }),
    );
  });

  it('lets no secret out in any of its forms, amid whatever stands around it', () => {
    const given = fc.array(secret, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        given,
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.array(fc.string()),
        places,
        (values, picks, noise, at) => {
          const patterns = values.flatMap((value) => [...patternsOf(value)]);
          const text = picks.map((pick, n) => `${noise[n] ?? ''}${patterns[pick % patterns.length]}`).join('');
          const out = maskedBy(matcherOf(patterns), cut(Buffer.from(text), at));
          // A form with stars could come about by a mask beside what was there, and would tell nothing.
          for (const pattern of patterns) if (!pattern.includes('*')) expect(out.includes(pattern)).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('holds back only what may be a beginning, and says a whole secret at once', () => {
    const masker = new Masker(matcherOf(['secret', 'secret-two']));
    expect(masker.push(Buffer.from('Continue? ')).toString()).toBe('Continue? ');
    expect(masker.push(Buffer.from('sec')).toString()).toBe('');
    expect(masker.push(Buffer.from('ond\nsecret')).toString()).toBe('second\n***');
    expect(masker.push(Buffer.from('-tw')).toString()).toBe('');
    expect(masker.push(Buffer.from('o!')).toString()).toBe('!');
    expect(masker.push(Buffer.from('secre')).toString()).toBe('');
    expect(masker.end().toString()).toBe('secre');
  });

  it('gives the first bytes of a longer secret out when the rest is another', () => {
    expect(maskedText('secret-too', matcherOf(['secret', 'secret-two']))).toBe('***-too');
    expect(maskedText('abcabcabd', matcherOf(['abcabd']))).toBe('abc***');
  });

  it('keeps what it holds when the source breaks off', async () => {
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('it is secre');
      throw new RangeError('gone');
    };
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const bytes of masked(broken(), matcherOf(['secret']))) seen.push(bytes.toString());
    };
    await expect(read()).rejects.toThrow('gone');
    expect(seen).toEqual(['it is ']);
  });

  it('looks at each byte a bounded number of times, also when everything is nearly a secret', () => {
    const nearly = (unit: string): string => unit.repeat(20_000);
    for (const [patterns, text] of [
      [['a'.repeat(1_000) + 'b'], nearly('a'.repeat(20))],
      [[1, 2, 3, 4, 5].map((n) => `${'ab'.repeat(300 * n)}c`), nearly('ab'.repeat(10))],
      [Array.from({ length: 300 }, (_, n) => `${'a'.repeat(n + 6)}b${n}`), nearly('aaab')],
    ] as const) {
      const matcher = matcherOf(patterns);
      maskedBy(matcher, [Buffer.from(text)]);
      // Siblings are at most the bytes that there are; here the alphabet has twelve.
      expect(matcher.steps).toBeLessThanOrEqual(text.length * 2 * 12);
      const steps = matcher.steps;
      maskedBy(matcher, [Buffer.from(text + text)]);
      expect(matcher.steps - steps).toBeLessThanOrEqual(steps * 2.1);
    }
  });

  it('does not look at more for a hundred secrets than for one', () => {
    const values = Array.from({ length: 100 }, (_, n) => `secret number ${n * 7919} of many`);
    const text = Buffer.from(
      'an ordinary line of a build log, with s, se, sec and secret number 1 in it\n'.repeat(2_000),
    );
    const stepsOf = (count: number): number => {
      const matcher = matcherOf(values.slice(0, count).flatMap((value) => [...patternsOf(value)]));
      maskedBy(matcher, [text]);
      return matcher.steps;
    };
    expect(stepsOf(100)).toBeLessThanOrEqual(text.length * 4);
    expect(stepsOf(100)).toBeLessThanOrEqual(stepsOf(1) * 20);
  });

  it('holds no more than the longest pattern has', () => {
    const masker = new Masker(matcherOf([`${'a'.repeat(5_000)}b`]));
    let out = 0;
    for (let n = 0; n < 100; n += 1) out += masker.push(Buffer.from('a'.repeat(1_000))).length;
    expect(out).toBe(100_000 - 5_000);
  });
});
