import { constants } from 'node:fs';
import { mkdir, open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { LogStoreUnavailable } from '#errors';
import { isBuildId, isJobId, token, type LogAddress } from '#events';
import { decodeRecord, RECORD_BYTES, type IndexRecord } from './index-record.js';
import { nameOf } from './step-name.js';

const { O_CREAT, O_RDONLY, O_RDWR } = constants;
const KINDS = ['log', 'pieces', 'index'] as const; // the index is last: where it is, the others are

type Kind = (typeof KINDS)[number];

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Capitals are marked, `+t` for `T`: not every file system tells `Test` from `test`. A job's id has no `+`. */
const withoutCapitals = (jobId: string): string => jobId.replace(/[A-Z]/g, (letter) => `+${letter.toLowerCase()}`);

/**
 * Where an attempt's logs are. The address was checked: nothing of it can leave the directory. A job whose logs were begun
 * when capitals were not marked yet stays where it is: the name is compared as it is listed, letter by letter.
 */
const folderOf = async (directory: string, { buildId, jobId, attempt }: LogAddress): Promise<string> => {
  const build = join(directory, token('a build id', isBuildId, buildId));
  const marked = withoutCapitals(token('a job id', isJobId, jobId));
  const listed = marked === jobId ? [] : await readdir(build).catch(() => []); // what ails it shows when it is used
  const isOld = listed.includes(jobId) && !listed.includes(marked);
  return join(build, isOld ? jobId : marked, String(attempt));
};

const readFully = async (file: FileHandle, position: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
};

/**
 * The three files of a step: `<step>.log`, the bytes exactly as they were written; `<step>.pieces`, the piece tables one
 * after the other; `<step>.index`, a record for each chunk. What no whole record covers does not count.
 */
export class StepFiles {
  private constructor(
    private readonly name: string,
    readonly handles: Readonly<Record<Kind, FileHandle>>,
  ) {}

  /** To write: makes what is missing, for the owner's eyes only. */
  static async create(directory: string, address: LogAddress): Promise<StepFiles> {
    const name = nameOf(address);
    const folder = await folderOf(directory, address);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return StepFiles.openAll(name, folder, address.step, O_RDWR | O_CREAT);
  }

  /** To read; undefined for a step that is not known. */
  static async find(directory: string, address: LogAddress): Promise<StepFiles | undefined> {
    const name = nameOf(address);
    try {
      return await StepFiles.openAll(name, await folderOf(directory, address), address.step, O_RDONLY);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  private static async openAll(name: string, folder: string, step: number, flags: number): Promise<StepFiles> {
    const opened: FileHandle[] = [];
    const openOne = async (kind: Kind): Promise<FileHandle> => {
      const file = await open(join(folder, `${step}.${kind}`), flags, 0o600);
      opened.push(file);
      return file;
    };
    try {
      const log = await openOne('log');
      const pieces = await openOne('pieces');
      return new StepFiles(name, { log, pieces, index: await openOne('index') });
    } catch (error) {
      await Promise.all(opened.map((file) => file.close()));
      throw error;
    }
  }

  async size(kind: Kind): Promise<number> {
    return (await this.handles[kind].stat()).size;
  }

  /** Record `position`, from 0; undefined when it is torn or damaged. */
  async recordIfWhole(position: number): Promise<IndexRecord | undefined> {
    return decodeRecord(await readFully(this.handles.index, position * RECORD_BYTES, RECORD_BYTES));
  }

  async record(position: number): Promise<IndexRecord> {
    const record = await this.recordIfWhole(position);
    if (record === undefined) throw this.damaged(`record ${position} of its index`);
    return record;
  }

  async data(offset: number, bytes: number): Promise<Buffer> {
    return this.exactly('log', offset, bytes);
  }

  async table(record: IndexRecord): Promise<Buffer> {
    return this.exactly('pieces', record.tableOffset, record.tableBytes);
  }

  /** How many records count, and the last of them: the index may end torn, and after a power cut the others too early. */
  async whole(): Promise<Readonly<{ count: number; last: IndexRecord | undefined }>> {
    const [index, log, pieces] = await Promise.all([this.size('index'), this.size('log'), this.size('pieces')]);
    for (let count = Math.floor(index / RECORD_BYTES); count > 0; count -= 1) {
      const last = await this.recordIfWhole(count - 1);
      if (last && last.offset + last.bytes <= log && last.tableOffset + last.tableBytes <= pieces)
        return { count, last };
    }
    return { count: 0, last: undefined };
  }

  /** The first of `count` records that `reached` holds for; `count` when there is none. It must stay true once it is. */
  async search(count: number, reached: (record: IndexRecord) => boolean): Promise<number> {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (reached(await this.record(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  async close(): Promise<void> {
    await Promise.all(KINDS.map((kind) => this.handles[kind].close()));
  }

  private async exactly(kind: Kind, offset: number, bytes: number): Promise<Buffer> {
    const buffer = await readFully(this.handles[kind], offset, bytes);
    if (buffer.length < bytes)
      throw this.damaged(`bytes ${offset + buffer.length} to ${offset + bytes - 1} of its ${kind} file`);
    return buffer;
  }

  private damaged(what: string): LogStoreUnavailable {
    return new LogStoreUnavailable(`the files of ${this.name} are damaged: ${what} cannot be read`);
  }
}
