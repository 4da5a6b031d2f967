import fc from 'fast-check';
import { actOf, wordsOfAct } from './acts.js';

const acts = (seed: string, count = 200) => Array.from({ length: count }, (_, number) => actOf(seed, number));

describe('the acts of a chaos run', () => {
  it('are the same for the same seed, and others for another', () => {
    fc.assert(fc.property(fc.string(), (seed) => expect(acts(seed, 12)).toEqual(acts(seed, 12))));
    expect(acts('a')).not.toEqual(acts('b'));
  });

  it('end everything, alone and together with others, and the engine each fourth time', () => {
    const seen = acts('any');
    const words = new Set(
      seen.flatMap(({ victims }) => victims.map((victim) => wordsOfAct({ after: 0, victims: [victim] }))),
    );
    expect(words.size).toBe(3 + 4);
    expect(new Set(seen.map(({ victims }) => victims.length))).toEqual(new Set([1, 2]));
    expect(seen.map(({ victims }) => victims.some(({ what }) => what === 'engine')).slice(0, 4)).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });
});
