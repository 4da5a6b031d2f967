import { join } from 'node:path';
import { EmbeddedDatabase } from '#embedded-database';
import type { LogAddress } from '#events';
import type { LogQuery } from './log-query.js';
import { indexedWord, type SearchBlock } from './search-blocks.js';

/**
 * `nextLine`: the first line of the step that no full block holds. `lastBlock`: that of the lines from there on. `records`: how
 * many records of the step's index were looked at.
 */
export type StepProgress = Readonly<{ id: number; nextLine: number; lastBlock: number | null; records: number }>;
export type Candidate = Readonly<{ block: number; from: number; to: number; address: LogAddress }>;
type CandidateRow = Readonly<{ block: number; from: number; to: number }> & LogAddress;

/** Only which words a block has is indexed, not where: the lines themselves are in the log's files. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS steps (
    id INTEGER PRIMARY KEY, build TEXT, job TEXT, attempt INTEGER, step INTEGER,
    next_line INTEGER DEFAULT 1, last_block INTEGER, records INTEGER DEFAULT 0, UNIQUE (build, job, attempt, step));
  CREATE TABLE IF NOT EXISTS blocks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER, from_line INTEGER, to_line INTEGER);
  CREATE INDEX IF NOT EXISTS blocks_step ON blocks (step);
  CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    text, content = '', contentless_delete = 1, detail = none,
    tokenize = "unicode61 remove_diacritics 0 tokenchars '_'");
`;

/** The blocks that may have a line with all terms. */
const matchOf = ({ terms }: LogQuery): string =>
  terms
    .flatMap(({ words, prefix }) =>
      words.map((word, index) => `"${indexedWord(word)}"${prefix && index === words.length - 1 ? ' *' : ''}`),
    )
    .join(' AND ');

/** Which words the blocks of logs have, in a database beside the logs. A later block has the greater number. */
export class SearchDatabase {
  private constructor(private readonly db: EmbeddedDatabase) {}

  /** `writes`: of all who have it open one does. */
  static open(directory: string, { writes }: Readonly<{ writes: boolean }>): SearchDatabase {
    const file = join(directory, 'search-1.db');
    return new SearchDatabase(writes ? EmbeddedDatabase.open(file, TABLES) : EmbeddedDatabase.share(file, TABLES));
  }

  progress({ buildId, jobId, attempt, step }: LogAddress): StepProgress {
    const key = [buildId, jobId, attempt, step] as const;
    this.db.run('INSERT OR IGNORE INTO steps (build, job, attempt, step) VALUES (?, ?, ?, ?)', ...key);
    return this.db.get<StepProgress>(
      `SELECT id, next_line AS nextLine, last_block AS lastBlock, records FROM steps
       WHERE build = ? AND job = ? AND attempt = ? AND step = ?`,
      ...key,
    ) as StepProgress;
  }

  /** Adds blocks that follow what is there, in the place of the one that was not full. */
  add(step: number, blocks: readonly SearchBlock[], records: number): void {
    this.db.transaction(() => {
      const last = this.db.get<{ block: number | null }>('SELECT last_block AS block FROM steps WHERE id = ?', step);
      if (blocks.length > 0 && last?.block != null) this.remove(last.block);
      for (const { from, to, words, full } of blocks) {
        const row = 'INSERT INTO blocks (step, from_line, to_line) VALUES (?, ?, ?)';
        const { rowId } = this.db.run(row, step, from, to);
        this.db.run('INSERT INTO words (rowid, text) VALUES (?, ?)', rowId, [...words].join(' '));
        const [nextLine, lastBlock] = full ? [to + 1, null] : [from, rowId];
        this.db.run('UPDATE steps SET next_line = ?, last_block = ? WHERE id = ?', nextLine, lastBlock, step);
      }
      this.db.run('UPDATE steps SET records = ? WHERE id = ?', records, step);
    });
  }

  /** Forgets the blocks of a step. */
  forget(step: number): void {
    this.db.transaction(() => {
      for (const { id } of this.db.all<{ id: number }>('SELECT id FROM blocks WHERE step = ?', step)) this.remove(id);
      this.db.run('UPDATE steps SET next_line = 1, last_block = NULL, records = 0 WHERE id = ?', step);
    });
  }

  /** Blocks that may have what is looked for, from block `newest` down; of `builds` only, where they are given. */
  candidates(query: LogQuery, builds: readonly string[] | undefined, newest: number, limit: number): Candidate[] {
    const among = builds ? 'AND steps.build IN (SELECT value FROM json_each(?))' : '';
    const rows = this.db.all<CandidateRow>(
      `SELECT blocks.id AS block, from_line AS "from", to_line AS "to",
         build AS buildId, job AS jobId, attempt, steps.step AS step
       FROM words CROSS JOIN blocks ON blocks.id = words.rowid CROSS JOIN steps ON steps.id = blocks.step
       WHERE words MATCH ? AND words.rowid <= CAST(? AS INTEGER) ${among} ORDER BY words.rowid DESC LIMIT ?`,
      ...[matchOf(query), newest],
      ...(builds ? [JSON.stringify(builds)] : []),
      limit,
    );
    return rows.map(({ block, from, to, ...address }) => ({ block, from, to, address }));
  }

  /** After an error: whether the file was damaged, and replaced by an empty one. */
  repair(error: unknown): boolean {
    return this.db.repair(error);
  }

  close(): void {
    this.db.close();
  }

  private remove(block: number): void {
    this.db.run('DELETE FROM words WHERE rowid = ?', block);
    this.db.run('DELETE FROM blocks WHERE id = ?', block);
  }
}
