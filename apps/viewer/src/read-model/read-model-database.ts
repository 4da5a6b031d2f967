import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'libsql';
import { ReadModelInUse } from '#errors';

/** Bodies are JSON. `created`: the sequence of a row's first event, by which lists are ordered. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS position (only INTEGER PRIMARY KEY CHECK (only = 1), stream TEXT, applied INTEGER);
  INSERT OR IGNORE INTO position VALUES (1, '', 0);
  CREATE TABLE IF NOT EXISTS builds (
    id TEXT PRIMARY KEY, created INTEGER, repo_id TEXT, repo TEXT COLLATE NOCASE, branch TEXT, status TEXT,
    summary TEXT, diagnostics TEXT);
  CREATE INDEX IF NOT EXISTS builds_created ON builds (created);
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

export type SqlValue = string | number | null;
/** How far the read model is, and in which stream: its time of creation tells it from one that took its place. */
export type ModelPosition = Readonly<{ stream: string; applied: number }>;

const isDamaged = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^SQLITE_(CORRUPT|NOTADB)/.test(String(error.code));

const remove = (file: string): void => {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
};

/** The embedded database of the read model, which may be deleted at any time: the events make it again. */
export class ReadModelDatabase {
  private db: Database.Database;
  private readonly statements = new Map<string, Database.Statement<SqlValue[]>>();

  private constructor(private readonly file: string) {
    this.db = ReadModelDatabase.connect(file);
  }

  /** Opens the file of this version and removes those of others; a damaged one is made anew. */
  static open(directory: string, version: string): ReadModelDatabase {
    const file = join(directory, `read-model-${version}.db`);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(directory))
      if (/^read-model-.*\.db/.test(name) && !name.startsWith(basename(file))) remove(join(directory, name));
    try {
      return new ReadModelDatabase(file);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      remove(file);
      return new ReadModelDatabase(file);
    }
  }

  private static connect(file: string): Database.Database {
    const db = new Database(file);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.exec(TABLES);
    return db;
  }

  get directory(): string {
    return dirname(this.file);
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.prepared(sql).all(...values) as Row[];
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.prepared(sql).get(...values) as Row | undefined;
  }

  run(sql: string, ...values: SqlValue[]): number {
    return this.prepared(sql).run(...values).changes;
  }

  position(): ModelPosition {
    return this.get<ModelPosition>('SELECT stream, applied FROM position') ?? { stream: '', applied: 0 };
  }

  /**
   * Runs `write` and moves on, both or neither.
   * @throws ReadModelInUse when the read model is no longer at `from`: somebody else writes it.
   */
  commit(from: number, to: number, write: () => void): void {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const moved = this.run('UPDATE position SET applied = ? WHERE applied = ?', to, from);
      if (moved === 0) throw new ReadModelInUse(this.file);
      write();
      this.db.exec('COMMIT');
    } catch (error) {
      if (this.db.inTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Forgets everything, to be made from the first event of this stream. */
  startOver(stream: string): void {
    this.db.exec('BEGIN IMMEDIATE');
    for (const table of EMPTIED) this.db.exec(`DELETE FROM ${table}`);
    this.run('UPDATE position SET stream = ?, applied = 0', stream);
    this.db.exec('COMMIT');
  }

  /** After an error: a damaged file is replaced by an empty one. Returns whether it was. */
  repair(error: unknown): boolean {
    if (!isDamaged(error)) return false;
    this.close();
    remove(this.file);
    this.db = ReadModelDatabase.connect(this.file);
    return true;
  }

  close(): void {
    this.statements.clear();
    this.db.close();
  }

  private prepared(sql: string): Database.Statement<SqlValue[]> {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = this.db.prepare<SqlValue[]>(sql)));
    return statement;
  }
}
