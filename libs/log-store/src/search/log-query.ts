import { UnusableQuery } from '#errors';

/** Consecutive words of a line. `prefix`: the last of them may go on. Words are in small letters. */
export type LogTerm = Readonly<{ words: readonly string[]; prefix: boolean }>;

/** A line is found when it has every term. */
export type LogQuery = Readonly<{ terms: readonly LogTerm[] }>;

type Word = Readonly<{ word: string; from: number; to: number }>;

const MOST_TERMS = 16;
const LONGEST_QUERY = 500;

/** Letters, digits and underscores: what every store takes for one word. */
const WORD = /[\p{L}\p{N}_]+/gu;
/** `"a phrase"`, or anything up to white space. */
const PART = /"([^"]*)"?|[^\s"]+/g;

const wordsIn = (text: string): Word[] =>
  Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({
    word: word.toLowerCase(),
    from: index,
    to: index + word.length,
  }));

/** The words of a text in small letters, as often as they are in it. */
export const wordsOf = (text: string): string[] => wordsIn(text).map(({ word }) => word);

/**
 * What people type: words, each of which must be in the line, whole, whatever their case; `"words in quotes"`, or words with
 * signs between them (`src/app.ts:12`), must follow each other; a `*` at the end stands for the rest of a word.
 * @throws UnusableQuery it has no word, or too many, or is too long
 */
export const parseLogQuery = (text: string): LogQuery => {
  if (text.length > LONGEST_QUERY)
    throw new UnusableQuery(`it has ${text.length} characters, at most ${LONGEST_QUERY}`);
  const terms = Array.from(text.matchAll(PART), ([part, quoted]) => ({
    words: wordsOf(part),
    prefix: quoted === undefined && part.endsWith('*'),
  })).filter(({ words }) => words.length > 0);
  if (terms.length === 0) throw new UnusableQuery('it has no word: letters, digits and underscores are searched for');
  if (terms.length > MOST_TERMS) throw new UnusableQuery(`it has ${terms.length} terms, at most ${MOST_TERMS}`);
  return { terms };
};

const isAt = ({ words, prefix }: LogTerm, line: readonly Word[], at: number): boolean =>
  words.every((word, index) => {
    const found = line[at + index]?.word;
    return prefix && index === words.length - 1 ? found?.startsWith(word) : found === word;
  });

/** Where the terms are in a line as a terminal shows it, rising and apart; undefined when one of them is not there. */
export const findIn = ({ terms }: LogQuery, line: string): [number, number][] | undefined => {
  const words = wordsIn(line);
  const spans: [number, number][] = [];
  for (const term of terms) {
    const before = spans.length;
    for (let at = 0; at + term.words.length <= words.length; at += 1)
      if (isAt(term, words, at)) spans.push([words[at]?.from ?? 0, words[at + term.words.length - 1]?.to ?? 0]);
    if (spans.length === before) return undefined;
  }
  return joined(spans);
};

/** Spans that touch become one. */
const joined = (spans: readonly [number, number][]): [number, number][] => {
  const apart: [number, number][] = [];
  for (const [from, to] of [...spans].sort(([a], [b]) => a - b)) {
    const last = apart.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else apart.push([from, to]);
  }
  return apart;
};
