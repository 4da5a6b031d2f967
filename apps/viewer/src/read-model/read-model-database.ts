import { mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EmbeddedDatabase, removeDatabase, type SqlValue } from '#embedded-database';
import { ReadModelInUse } from '#errors';

/** Bodies are JSON. `created`: the sequence of a row's first event, by which lists are ordered. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS position (only INTEGER PRIMARY KEY CHECK (only = 1), stream TEXT, applied INTEGER);
  INSERT OR IGNORE INTO position VALUES (1, '', 0);
  CREATE TABLE IF NOT EXISTS builds (
    id TEXT PRIMARY KEY, created INTEGER, created_at TEXT, repo_id TEXT, repo TEXT COLLATE NOCASE, branch TEXT,
    status TEXT, summary TEXT, diagnostics TEXT);
  CREATE INDEX IF NOT EXISTS builds_created ON builds (created);
  CREATE INDEX IF NOT EXISTS builds_created_at ON builds (created_at);
  CREATE INDEX IF NOT EXISTS builds_repo_id ON builds (repo_id, created);
  CREATE INDEX IF NOT EXISTS builds_repo ON builds (repo, created);
  CREATE INDEX IF NOT EXISTS builds_branch ON builds (branch, created);
  CREATE INDEX IF NOT EXISTS builds_status ON builds (status, created);
  CREATE TABLE IF NOT EXISTS jobs (
    build_id TEXT, position INTEGER, job_id TEXT, status TEXT, body TEXT, PRIMARY KEY (build_id, position));
  CREATE INDEX IF NOT EXISTS jobs_job_id ON jobs (build_id, job_id);
  CREATE TABLE IF NOT EXISTS deliveries (id TEXT PRIMARY KEY, created INTEGER, body TEXT);
  CREATE INDEX IF NOT EXISTS deliveries_created ON deliveries (created);
  CREATE TABLE IF NOT EXISTS repos (id TEXT PRIMARY KEY, name TEXT COLLATE NOCASE, body TEXT);
  CREATE INDEX IF NOT EXISTS repos_name ON repos (name, id);
  CREATE TABLE IF NOT EXISTS requests (id TEXT PRIMARY KEY, body TEXT);
`;
const EMPTIED = ['builds', 'jobs', 'deliveries', 'repos', 'requests'] as const;

/** How far the read model is, and in which stream: its time of creation tells it from one that took its place. */
export type ModelPosition = Readonly<{ stream: string; applied: number }>;

/** The embedded database of the read model, which may be deleted at any time: the events make it again. */
export class ReadModelDatabase {
  private constructor(
    private readonly file: string,
    private readonly db: EmbeddedDatabase,
  ) {}

  /** Opens the file of this version and removes those of others. */
  static open(directory: string, version: string): ReadModelDatabase {
    const file = join(directory, `read-model-${version}.db`);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const others = readdirSync(directory).filter((name) => !name.startsWith(basename(file)));
    for (const other of others)
      if (/^read-model-.*\.db/.test(other)) removeDatabase(join(directory, other.replace(/\.db.*/, '.db')));
    return new ReadModelDatabase(file, EmbeddedDatabase.open(file, TABLES));
  }

  get directory(): string {
    return dirname(this.file);
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.db.all(sql, ...values);
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.db.get(sql, ...values);
  }

  run(sql: string, ...values: SqlValue[]): void {
    this.db.run(sql, ...values);
  }

  position(): ModelPosition {
    return this.get<ModelPosition>('SELECT stream, applied FROM position') ?? { stream: '', applied: 0 };
  }

  /**
   * Runs `write` and moves on, both or neither.
   * @throws ReadModelInUse when the read model is no longer at `from`: somebody else writes it.
   */
  commit(from: number, to: number, write: () => void): void {
    this.db.transaction(() => {
      const { changes } = this.db.run('UPDATE position SET applied = ? WHERE applied = ?', to, from);
      if (changes === 0) throw new ReadModelInUse(this.file);
      write();
    });
  }

  /** Forgets everything, to be made from the first event of this stream. */
  startOver(stream: string): void {
    this.db.transaction(() => {
      for (const table of EMPTIED) this.run(`DELETE FROM ${table}`);
      this.run('UPDATE position SET stream = ?, applied = 0', stream);
    });
  }

  /** After an error: a damaged file is replaced by an empty one. Returns whether it was. */
  repair(error: unknown): boolean {
    return this.db.repair(error);
  }

  close(): void {
    this.db.close();
  }
}
