import { LogStoreUnavailable } from '#errors';
import type { LogAddress } from '#events';
import { stepsIn } from '../step-listing.js';
import { StepFiles } from '../step-files.js';
import { readPieces } from '../step-reader.js';
import { findIn, type LogQuery } from './log-query.js';
import type { LogHit, LogSearch, LogSearchPage } from './log-search.js';
import { searchBlocks, type SearchBlock } from './search-blocks.js';
import { SearchDatabase, type Candidate } from './search-database.js';
import { ABOVE_ALL, decodePlace, encodePlace } from './search-place.js';
import { shownHit } from './shown-hit.js';
import { wholeLines } from './whole-lines.js';

/** Blocks written in one transaction, and looked up in one question. */
const BATCH = 64;
/** Blocks that are read for one page: then it is answered with what was found, and where to go on. */
const MOST_READ = 1_000;

/**
 * The search over the files of the embedded log store. It blocks while it works on its database, and so lives in a thread of
 * its own. One writes for each directory, any number only search, also in other processes of the machine.
 */
export class SearchIndex {
  private readonly db: SearchDatabase;
  #isStopping = false;

  constructor(
    private readonly directory: string,
    { writes }: Readonly<{ writes: boolean }>,
  ) {
    this.db = SearchDatabase.open(directory, { writes });
  }

  /** Indexes what is held of a step now; a log that cannot be read is passed over, as it must not keep others from being found. */
  async catchUp(address: LogAddress): Promise<void> {
    await this.reading(address, async (files) => {
      const { count } = await files.whole();
      let progress = this.db.progress(address);
      if (count < progress.records) {
        this.db.forget(progress.id); // a power cut took an end away, and others may have come in its place
        progress = this.db.progress(address);
      }
      if (count > progress.records) await this.index(files, progress.id, progress.nextLine, count);
    });
  }

  /** Indexes all logs of the directory, oldest build first: those that are indexed cost a look at their files. */
  async catchUpAll(): Promise<void> {
    for await (const address of stepsIn(this.directory)) {
      if (this.#isStopping) return;
      await this.catchUp(address);
    }
  }

  /** What `catchUpAll` has not come to is left for the next time. */
  stop(): void {
    this.#isStopping = true;
  }

  /** The newest lines first. */
  async search({ query, builds, after, limit }: LogSearch): Promise<LogSearchPage> {
    const start = decodePlace(after);
    const hits: LogHit[] = [];
    let newest = start.block;
    let last = start;
    for (let read = 0; read < MOST_READ; read += BATCH) {
      const candidates = this.db.candidates(query, builds, newest, BATCH);
      for (const candidate of candidates) {
        const { block } = candidate;
        const before = block === start.block ? start.line : ABOVE_ALL;
        for (const hit of await this.hitsIn(candidate, query)) {
          if (hit.line >= before) continue;
          if (hits.length === limit) return { hits, after: encodePlace(last) };
          hits.push(hit);
          last = { block, line: hit.line };
        }
      }
      if (candidates.length < BATCH) return { hits };
      newest = (candidates.at(-1)?.block ?? 0) - 1;
    }
    return { hits, after: encodePlace({ block: newest, line: ABOVE_ALL }) };
  }

  /** After an error: whether the file was damaged, and all must be indexed again. */
  repair(error: unknown): boolean {
    return this.db.repair(error);
  }

  close(): void {
    this.db.close();
  }

  private async index(files: StepFiles, step: number, from: number, records: number): Promise<void> {
    let batch: SearchBlock[] = [];
    const pieces = readPieces(files, { from, to: Number.MAX_SAFE_INTEGER });
    for await (const block of searchBlocks(wholeLines(pieces))) {
      batch.push(block);
      if (batch.length < BATCH) continue;
      this.db.add(step, batch, 0);
      batch = [];
    }
    this.db.add(step, batch, records);
  }

  /** The lines that have what is looked for, the last one first; none when the log is no longer there. */
  private async hitsIn({ address, from, to }: Candidate, query: LogQuery): Promise<LogHit[]> {
    const hits: LogHit[] = [];
    await this.reading(address, async (files) => {
      for await (const { n, at, text } of wholeLines(readPieces(files, { from, to }))) {
        const spans = findIn(query, text);
        if (spans) hits.push({ address, line: n, at, ...shownHit(text, spans) });
      }
    });
    return hits.reverse();
  }

  private async reading(address: LogAddress, read: (files: StepFiles) => Promise<void>): Promise<void> {
    let files: StepFiles | undefined;
    try {
      files = await StepFiles.find(this.directory, address);
      if (files) await read(files);
    } catch (error) {
      if (!(error instanceof LogStoreUnavailable)) throw error;
    } finally {
      await files?.close();
    }
  }
}
