import { createRequire } from 'node:module';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataDirectoryInUse, DataDirectoryUnusable } from '#errors';

type Database = new (file: string, options: { timeout: number }) => { exec(sql: string): void; close(): void };

/** What is where below `CAIRN_DATA_DIR`. The services keep their own there too. */
export type DataDirectory = Readonly<{
  root: string;
  nats: string;
  tools: string;
  git: string;
  logFile: string;
  natsLogFile: string;
  secret: (name: string) => string;
  /** Lets others have the directory. */
  release(): Promise<void>;
}>;

const isBusy = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');

/** A lock that ends with its holder, however that ends: SQLite's, which is the kernel's. */
const lock = (file: string): (() => void) => {
  const Database = createRequire(import.meta.url)('libsql') as Database;
  const database = new Database(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw error;
  }
  return () => database.close();
};

/** Makes the directory when it is missing, and takes it for this process. @throws DataDirectoryInUse · DataDirectoryUnusable */
export const openDataDirectory = async (root: string): Promise<DataDirectory> => {
  const at = (...parts: string[]): string => join(root, ...parts);
  const holder = at('pid');
  let unlock: () => void;
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await mkdir(at('log'), { recursive: true });
    unlock = lock(at('lock'));
  } catch (cause) {
    if (!isBusy(cause)) throw new DataDirectoryUnusable(root, { cause });
    const pid = (await readFile(holder, 'utf8').catch(() => '')).trim();
    throw new DataDirectoryInUse(root, pid === '' ? 'another Cairn' : `another Cairn (process ${pid})`);
  }
  await writeFile(holder, `${process.pid}\n`);
  return {
    root,
    nats: at('nats'),
    tools: at('tools'),
    git: at('git'),
    logFile: at('log', 'standalone.log'),
    natsLogFile: at('log', 'nats-server.log'),
    secret: (name) => at(name),
    release: async () => {
      await rm(holder, { force: true });
      unlock();
    },
  };
};
