import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AskedCache } from './files/job-caches.js';
import type { KeptSecrets } from './secrets/index.js';

/** Which job a slot was given to: what a runner that comes back needs to take the job over. */
export type SlotRecord = Readonly<{
  slot: string;
  buildId: string;
  jobId: string;
  attempt: number;
  executor: 'docker' | 'host';
  /** Where the ticket is acknowledged, also from another connection. */
  ticketReply: string;
}>;

const isRecord = (value: unknown): value is SlotRecord =>
  typeof value === 'object' && value !== null && typeof (value as SlotRecord).slot === 'string';

/** The records of one runner, a file each. A record is whole or not there. */
export class SlotRecords {
  constructor(private readonly directory: string) {}

  /** Directly: the job waits for it, and three turns in the thread pool take longer than the writing. */
  write(record: SlotRecord): void {
    this.save(this.file(record.slot), record);
  }

  /** What a job began with, of secrets. Goes with the record. */
  keepSecrets(slot: string, secrets: KeptSecrets): void {
    this.save(this.secretsFile(slot), secrets);
  }

  /** Undefined when there are none, or they cannot be read. */
  keptSecrets(slot: string): KeptSecrets | undefined {
    return this.kept(this.secretsFile(slot)) as KeptSecrets | undefined;
  }

  /** Which caches a job asked for before its first step. Goes with the record. */
  keepCaches(slot: string, caches: readonly AskedCache[]): void {
    this.save(this.cachesFile(slot), caches);
  }

  /** Undefined when it is not known. */
  keptCaches(slot: string): readonly AskedCache[] | undefined {
    return this.kept(this.cachesFile(slot)) as readonly AskedCache[] | undefined;
  }

  remove(slot: string): void {
    const kept = [this.secretsFile(slot), this.cachesFile(slot)];
    // The record goes last: what stands beside it without one would stay.
    for (const file of [...kept.flatMap((each) => [each, `${each}.new`]), this.file(slot)])
      rmSync(file, { force: true });
  }

  async all(): Promise<SlotRecord[]> {
    const names = await readdir(this.directory).catch(() => []);
    const records = await Promise.all(
      names.filter((name) => name.endsWith('.json')).map((name) => this.read(join(this.directory, name))),
    );
    return records.flat();
  }

  private async read(file: string): Promise<SlotRecord[]> {
    try {
      const record: unknown = JSON.parse(await readFile(file, 'utf8'));
      return isRecord(record) ? [record] : [];
    } catch {
      return []; // torn by a crash before the rename: then the job had not begun
    }
  }

  private kept(file: string): unknown {
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      return undefined;
    }
  }

  private save(file: string, content: object): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  private file(slot: string): string {
    return join(this.directory, `${slot}.json`);
  }

  private secretsFile(slot: string): string {
    return join(this.directory, `${slot}.secrets`);
  }

  private cachesFile(slot: string): string {
    return join(this.directory, `${slot}.caches`);
  }
}
