import type { LogAddress, LogChunk, LogPiece } from '#events';
import type { LogSearch, LogSearchPage } from './search/log-search.js';

/**
 * What the store holds of a step: always a beginning of its log, without gaps. `lines`: how many newlines, so a last line
 * without one does not count (as `newlinesOf` counts). `chain`: that of the last chunk held.
 */
export type StoredLog = Readonly<{ lines: number; bytes: number; chain: string }>;

/** A line, or a part of it: long lines come in several pieces with the same number. */
export type NumberedPiece = Readonly<{ n: number; piece: LogPiece }>;

/** Line numbers, both included, from 1. */
export type LineRange = Readonly<{ from: number; to: number }>;

/**
 * Where logs are kept for good. One writer for each step at a time; any number of readers, also while it is written, who
 * see what was held when they began. All methods throw InvalidSubjectToken for an address that cannot be one.
 */
export interface LogStore {
  /**
   * Appends chunks in order. Chunks that are held already (by offset) are skipped, so that a replay changes nothing;
   * what `append` returned for survives the end of the process.
   * @throws LogGap when a chunk does not continue what is held, by offset or by chain; what came before it is kept ·
   *   LogStoreUnavailable when the store cannot take it now.
   */
  append(address: LogAddress, chunks: readonly LogChunk[]): Promise<StoredLog>;
  /** What is held; all zero and an empty chain for a step that is not known. @throws LogStoreUnavailable */
  state(address: LogAddress): Promise<StoredLog>;
  /**
   * Lines `from` to `to`, both included, from 1; ends early where the log ends.
   * @throws LogStoreUnavailable
   */
  read(address: LogAddress, range: LineRange): AsyncIterable<readonly NumberedPiece[]>;
  /** The bytes from `offset` on, exactly as they were written. @throws LogStoreUnavailable */
  raw(address: LogAddress, offset?: number): AsyncIterable<Buffer>;
  /**
   * Lines of all logs, those held last first as far as a store can tell. What was held a moment ago may not be found yet.
   * @throws UnusableQuery `after` is none of this store's · LogStoreUnavailable
   */
  search(search: LogSearch): Promise<LogSearchPage>;
  close(): Promise<void>;
}
