import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';

export type SqlValue = string | number | null;

const isDamaged = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^SQLITE_(CORRUPT|NOTADB)/.test(String(error.code));

/** Removes a database and what belongs to it. Nobody may have it open. */
export const removeDatabase = (file: string): void => {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
};

/**
 * An embedded database whose file may be deleted at any time, as it is made again from something else: a damaged one is
 * replaced by an empty one. Others may read and write it meanwhile, also other processes of this machine. A power cut may
 * take the last transactions, never more. Calls block: large work belongs into a thread of its own.
 */
export class EmbeddedDatabase {
  private db: Database.Database;
  private readonly statements = new Map<string, Database.Statement<SqlValue[]>>();

  private constructor(
    private readonly file: string,
    private readonly tables: string,
  ) {
    this.db = this.connect();
  }

  /**
   * Replaces a damaged file. `tables`: what makes the tables that are not there yet; other versions of them need other file
   * names.
   */
  static open(file: string, tables: string): EmbeddedDatabase {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    try {
      return new EmbeddedDatabase(file, tables);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      removeDatabase(file);
      return new EmbeddedDatabase(file, tables);
    }
  }

  /** For those that do not make the file's content: a damaged one is for its maker to replace. @throws when it is */
  static share(file: string, tables: string): EmbeddedDatabase {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return new EmbeddedDatabase(file, tables);
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.prepared(sql).all(...values) as Row[];
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.prepared(sql).get(...values) as Row | undefined;
  }

  /** How many rows it changed, and the id of the last that it added. */
  run(sql: string, ...values: SqlValue[]): Readonly<{ changes: number; rowId: number }> {
    const { changes, lastInsertRowid } = this.prepared(sql).run(...values);
    return { changes, rowId: Number(lastInsertRowid) };
  }

  /** All that `work` writes, or nothing of it when it throws. */
  transaction(work: () => void): void {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.db.exec('COMMIT');
    } catch (error) {
      if (this.db.inTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  /** After an error: a damaged file is replaced by an empty one. Returns whether it was. */
  repair(error: unknown): boolean {
    if (!isDamaged(error)) return false;
    this.close();
    removeDatabase(this.file);
    this.db = this.connect();
    return true;
  }

  close(): void {
    this.statements.clear();
    this.db.close();
  }

  private connect(): Database.Database {
    const db = new Database(this.file);
    db.pragma('busy_timeout = 5000'); // first: the next lines may meet another that opens it
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.exec(this.tables);
    return db;
  }

  private prepared(sql: string): Database.Statement<SqlValue[]> {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = this.db.prepare<SqlValue[]>(sql)));
    return statement;
  }
}
