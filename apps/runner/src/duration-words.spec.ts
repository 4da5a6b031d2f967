import { durationWords } from './duration-words.js';

describe('a duration for people', () => {
  it.each([
    [1_000, '1s'],
    [90_000, '1m30s'],
    [600_000, '10m'],
    [5_400_000, '1h30m'],
    [3_600_000, '1h'],
    [300, '0.3s'],
    [0, '0s'],
  ])('%d ms', (ms, words) => expect(durationWords(ms)).toBe(words));
});
