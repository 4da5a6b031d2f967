import { UnusableQuery } from '#errors';
import { findIn, parseLogQuery } from './log-query.js';

const found = (query: string, line: string): string[] | undefined =>
  findIn(parseLogQuery(query), line)?.map(([from, to]) => line.slice(from, to));

describe('log query', () => {
  it.each([
    ['a word, whatever its case', 'ERROR', 'an Error here', ['Error']],
    ['a whole word only', 'err', 'an Error here', undefined],
    ['every word, in any order', 'here an', 'an Error here', ['an', 'here']],
    ['nothing where one is missing', 'an there', 'an Error here', undefined],
    ['all places of a word', 'a', 'a b A', ['a', 'A']],
    ['the beginning of a word', 'err*', 'an Error here', ['Error']],
    ['words in quotes that follow each other', '"error here"', 'an Error, here', ['Error, here']],
    ['not those that do not', '"here error"', 'an Error here', undefined],
    ['words joined by signs as they follow each other', 'src/app.ts:12', 'at src/app.ts:12:5', ['src/app.ts:12']],
    ['not the same words elsewhere', 'src/app.ts:12', 'at 12 src/app.ts', undefined],
    ['the beginning after joined words', 'src/ap*', 'at src/app.ts', ['src/app']],
    ['a star in quotes as a sign', '"err*"', 'error', undefined],
    ['underscores as part of a word', 'foo_bar', 'foo_bar foo bar', ['foo_bar']],
    ['letters of any script', 'ÜBER', 'über Straße', ['über']],
    ['a quote that is not closed', '"error he', 'error he', ['error he']],
    ['overlapping finds as one', '"a b" "b c"', 'a b c', ['a b c']],
  ])('finds %s', (_, query, line, expected) => expect(found(query, line)).toEqual(expected));

  it.each([
    ['has no word', '++ "-"', /no word/],
    ['is empty', '', /no word/],
    ['has too many terms', 'a '.repeat(17), /17 terms, at most 16/],
    ['is too long', 'a'.repeat(501), /501 characters, at most 500/],
  ])('refuses what %s', (_, query, words) => {
    expect(() => parseLogQuery(query)).toThrow(UnusableQuery);
    expect(() => parseLogQuery(query)).toThrow(words);
  });
});
