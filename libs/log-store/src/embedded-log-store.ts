import { LogStoreUnavailable } from '#errors';
import type { LogAddress, LogChunk } from '#events';
import { heldUpTo } from './index-record.js';
import type { LineRange, LogStore, NumberedPiece, StoredLog } from './log-store.js';
import type { LogSearch, LogSearchPage } from './search/log-search.js';
import { ThreadedSearch } from './search/threaded-search.js';
import { StepFiles } from './step-files.js';
import { nameOf } from './step-name.js';
import { readBytes, readPieces } from './step-reader.js';
import { StepWriter } from './step-writer.js';
import { unavailable } from './unavailable.js';
import { WriterPool } from './writer-pool.js';

/**
 * `sync`: bytes are on the disk, not just with the operating system, when `append` returns. Off by default, as it costs
 * a disk's latency for each append. `openSteps`: how many steps stay open for writing, three files each. `indexes`: this store
 * keeps the index of the search, as one of those over the directory does: the one that is written to. `search`: whose it is, in
 * place of a thread.
 */
export type EmbeddedLogStoreOptions = Readonly<{
  sync?: boolean;
  openSteps?: number;
  indexes?: boolean;
  search?: Pick<ThreadedSearch, 'grown' | 'search' | 'close'>;
}>;

/**
 * Logs as append-only files below a directory, `<buildId>/<jobId>/<attempt>/<step>.log` and its `.pieces` and `.index`;
 * a capital in the job's id is written `+` and the small letter.
 * Other processes on the same machine may read meanwhile; a network file system is not safe for that.
 *
 * A killed process loses nothing that `append` returned for. A power cut, unless `sync` is set, may lose what the
 * operating system had not written yet (on Linux the last half a minute): the next `append` cuts the step back to the last
 * chunk whose bytes are what its chain says and answers a later chunk with LogGap; appending the chunks again from
 * `state().bytes` on repairs it. Damage before an intact last chunk is not looked for.
 */
export class EmbeddedLogStore implements LogStore {
  private readonly writers: WriterPool;
  private readonly sync: boolean;
  private readonly indexes: boolean;
  private readonly searcher: Pick<ThreadedSearch, 'grown' | 'search' | 'close'>;
  private closed = false;

  constructor(
    private readonly directory: string,
    { sync = false, openSteps = 64, indexes = false, search }: EmbeddedLogStoreOptions = {},
  ) {
    this.sync = sync;
    this.indexes = indexes;
    this.writers = new WriterPool(openSteps);
    const thread = new ThreadedSearch({ directory, writes: indexes });
    this.searcher = search ?? thread;
    if (indexes && !search) thread.begin();
  }

  async append(address: LogAddress, chunks: readonly LogChunk[]): Promise<StoredLog> {
    if (this.closed) throw new LogStoreUnavailable('it was closed');
    const name = nameOf(address);
    const open = (): Promise<StepWriter> => StepWriter.open(this.directory, address, this.sync);
    try {
      const held = await this.writers.use(name, open, (writer) => writer.append(chunks));
      if (this.indexes) this.searcher.grown(address);
      return held;
    } catch (error) {
      throw unavailable(`${name} cannot be written`, error);
    }
  }

  async state(address: LogAddress): Promise<StoredLog> {
    const name = nameOf(address);
    let files: StepFiles | undefined;
    try {
      files = await StepFiles.find(this.directory, address);
      return heldUpTo((await files?.whole())?.last);
    } catch (error) {
      throw unavailable(`${name} cannot be read`, error);
    } finally {
      await files?.close();
    }
  }

  read(address: LogAddress, range: LineRange): AsyncIterable<readonly NumberedPiece[]> {
    return this.reading(address, (files) => readPieces(files, range));
  }

  raw(address: LogAddress, offset = 0): AsyncIterable<Buffer> {
    return this.reading(address, (files) => readBytes(files, offset));
  }

  search(search: LogSearch): Promise<LogSearchPage> {
    return this.searcher.search(search);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.writers.close();
    await this.searcher.close();
  }

  /** Opens the step's files for as long as `read` goes on; nothing for a step that is not known. */
  private async *reading<T>(address: LogAddress, read: (files: StepFiles) => AsyncGenerator<T>): AsyncGenerator<T> {
    const name = nameOf(address);
    let files: StepFiles | undefined;
    try {
      files = await StepFiles.find(this.directory, address);
      if (files) yield* read(files);
    } catch (error) {
      throw unavailable(`${name} cannot be read`, error);
    } finally {
      await files?.close();
    }
  }
}
