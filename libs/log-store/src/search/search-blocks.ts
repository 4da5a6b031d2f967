import { wordsOf } from './log-query.js';
import type { WholeLine } from './whole-lines.js';

/**
 * Lines `from` to `to`, both included, and the words in them. `full`: nothing comes to it any more; only the last block of a
 * log may be otherwise.
 */
export type SearchBlock = Readonly<{ from: number; to: number; words: ReadonlySet<string>; full: boolean }>;

/** What is read to look whether a line of a block has what is looked for: few lines, and little text. */
const MOST_LINES = 256;
const MOST_CHARACTERS = 16 * 1024;
/** Longer words are known by their beginning. */
const WORD_CHARACTERS = 64;

export const indexedWord = (word: string): string => word.slice(0, WORD_CHARACTERS);

/** Lines in blocks, which are the same whenever they are cut: what is not full begins the next time. */
export async function* searchBlocks(lines: AsyncIterable<WholeLine>): AsyncGenerator<SearchBlock> {
  let block = { from: 0, to: 0, words: new Set<string>(), characters: 0 };
  const made = (full: boolean): SearchBlock => ({ from: block.from, to: block.to, words: block.words, full });
  for await (const { n, text, open } of lines) {
    if (block.from === 0) block.from = n;
    block.to = n;
    block.characters += text.length;
    for (const word of wordsOf(text)) block.words.add(indexedWord(word));
    if (open || (n - block.from + 1 < MOST_LINES && block.characters < MOST_CHARACTERS)) continue;
    yield made(true);
    block = { from: 0, to: 0, words: new Set(), characters: 0 };
  }
  if (block.from > 0) yield made(false);
}
