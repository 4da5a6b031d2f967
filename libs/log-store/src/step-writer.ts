import type { FileHandle } from 'node:fs/promises';
import { LogGap } from '#errors';
import { chainOf, CHAIN_START, type LogAddress, type LogChunk } from '#events';
import {
  differenceFromHeld,
  encodeChunk,
  gapBefore,
  heldAfter,
  NOTHING_HELD,
  type EncodedChunk,
} from './encoded-chunk.js';
import { encodeRecord, heldUpTo, recordOf, RECORD_BYTES, type IndexRecord } from './index-record.js';
import type { StoredLog } from './log-store.js';
import { StepFiles } from './step-files.js';
import { nameOf } from './step-name.js';

const GROUP_BYTES = 1 << 20; // written at once; also bounds what one append holds twice

const writeFully = async (file: FileHandle, data: Buffer, position: number): Promise<void> => {
  let done = 0;
  while (done < data.length)
    // a nearly full disk takes a part, and only then says that it is full
    done += (await file.write(data, done, data.length - done, position + done)).bytesWritten;
};

/** The writing end of one step's files. After an error it must not be used again: opening anew cuts off what is torn. */
export class StepWriter {
  private held = NOTHING_HELD;
  private records = 0;
  private tableEnd = 0;
  private replayed = 0; // chunks that come again come in order: this is the record of the next one
  private group: EncodedChunk[] = [];
  private grouped = 0;

  private constructor(
    private readonly name: string,
    private readonly files: StepFiles,
    private readonly sync: boolean,
  ) {}

  static async open(directory: string, address: LogAddress, sync: boolean): Promise<StepWriter> {
    const files = await StepFiles.create(directory, address);
    const writer = new StepWriter(nameOf(address), files, sync);
    try {
      await writer.recover();
      return writer;
    } catch (error) {
      await files.close();
      throw error;
    }
  }

  async append(chunks: readonly LogChunk[]): Promise<StoredLog> {
    // another process may have been this step's writer in between
    if ((await this.files.size('index')) !== this.records * RECORD_BYTES) await this.recover();
    for (const chunk of chunks) {
      if (chunk.offset < this.held.bytes) await this.confirmHeld(chunk);
      else await this.add(chunk);
    }
    await this.flush();
    return this.held;
  }

  async close(): Promise<void> {
    await this.files.close();
  }

  private async add(chunk: LogChunk): Promise<void> {
    const encoded = encodeChunk(chunk);
    const gap = typeof encoded === 'string' ? encoded : gapBefore(this.held, encoded);
    if (gap !== undefined || typeof encoded === 'string') return this.refuse(chunk, String(gap));
    this.group.push(encoded);
    this.grouped += encoded.data.length;
    this.held = heldAfter(encoded);
    if (this.grouped >= GROUP_BYTES) await this.flush();
  }

  private async confirmHeld(chunk: LogChunk): Promise<void> {
    await this.flush();
    const record = await this.recordAt(chunk.offset);
    const difference = differenceFromHeld(record, chunk);
    if (difference !== undefined) await this.refuse(chunk, difference);
  }

  private async recordAt(offset: number): Promise<IndexRecord | undefined> {
    const likely = this.replayed < this.records ? await this.files.record(this.replayed) : undefined;
    const position =
      likely?.offset === offset
        ? this.replayed
        : await this.files.search(this.records, (record) => record.offset >= offset);
    const record = position < this.records ? await this.files.record(position) : undefined;
    this.replayed = position + 1;
    return record?.offset === offset ? record : undefined;
  }

  private async refuse(chunk: LogChunk, why: string): Promise<never> {
    await this.flush();
    throw new LogGap(this.name, this.held.bytes, chunk.offset, why);
  }

  /** Bytes, then tables, then records: a record is never there before what it speaks of. */
  private async flush(): Promise<void> {
    const first = this.group[0];
    if (first === undefined) return;
    const { log, pieces, index } = this.files.handles;
    let tableEnd = this.tableEnd;
    const records = this.group.map((chunk) => {
      const record = recordOf(chunk, tableEnd);
      tableEnd += record.tableBytes;
      return encodeRecord(record);
    });
    await writeFully(log, Buffer.concat(this.group.map((chunk) => chunk.data)), first.offset);
    await writeFully(pieces, Buffer.concat(this.group.map((chunk) => chunk.table)), this.tableEnd);
    if (this.sync) await Promise.all([log.datasync(), pieces.datasync()]);
    await writeFully(index, Buffer.concat(records), this.records * RECORD_BYTES);
    if (this.sync) await index.datasync();
    this.records += records.length;
    this.tableEnd = tableEnd;
    this.group = [];
    this.grouped = 0;
  }

  /** Cuts the files back to the last record that is whole and whose bytes are those that its chain was made from. */
  private async recover(): Promise<void> {
    let { count } = await this.files.whole();
    let last: IndexRecord | undefined;
    for (; count > 0 && last === undefined; count -= last ? 0 : 1) last = await this.trueRecord(count - 1);
    this.held = heldUpTo(last);
    this.records = count;
    this.tableEnd = last ? last.tableOffset + last.tableBytes : 0;
    await this.cut('index', count * RECORD_BYTES);
    await this.cut('pieces', this.tableEnd);
    await this.cut('log', this.held.bytes);
  }

  private async trueRecord(position: number): Promise<IndexRecord | undefined> {
    const record = await this.files.recordIfWhole(position);
    const before = position > 0 ? await this.files.recordIfWhole(position - 1) : undefined;
    if (record === undefined || (position > 0 && before === undefined)) return undefined;
    const chain = chainOf(before?.chain ?? CHAIN_START, await this.files.data(record.offset, record.bytes));
    return record.chain === chain ? record : undefined;
  }

  private async cut(kind: 'index' | 'pieces' | 'log', size: number): Promise<void> {
    if ((await this.files.size(kind)) > size) await this.files.handles[kind].truncate(size);
  }
}
