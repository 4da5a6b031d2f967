import { LogGap } from '#errors';
import type { LogAddress, LogChunk } from '#events';
import type { ElasticsearchClient } from './elasticsearch-client.js';
import { documentOf } from './elasticsearch-documents.js';
import { differenceFromHeld, encodeChunk, gapBefore, heldAfter, type EncodedChunk } from './encoded-chunk.js';
import type { StoredLog } from './log-store.js';
import { nameOf } from './step-name.js';

const BULK_BYTES = 4 << 20; // far below the 100 MB that a server takes, also when bytes are sent twice, as text and data

/** One call of `append`. `reread`: finds out what is held; asked once, when the chunks do not fit what was remembered. */
export class ElasticsearchAppend {
  private group: EncodedChunk[] = [];
  private grouped = 0;
  private certain = false;

  constructor(
    private readonly client: ElasticsearchClient,
    private readonly address: LogAddress,
    private held: StoredLog,
    private readonly reread: () => Promise<StoredLog>,
  ) {}

  async run(chunks: readonly LogChunk[]): Promise<StoredLog> {
    const fresh = chunks.findIndex((chunk) => !(chunk.offset < this.held.bytes));
    const again = fresh === -1 ? chunks : chunks.slice(0, fresh);
    await this.confirmHeld(again);
    for (const chunk of chunks.slice(again.length)) await this.add(chunk);
    await this.flush();
    return this.held;
  }

  private async add(chunk: LogChunk): Promise<void> {
    if (chunk.offset < this.held.bytes) {
      await this.flush();
      return this.confirmHeld([chunk]);
    }
    const encoded = encodeChunk(chunk);
    if (typeof encoded === 'string') return this.refuse(chunk, encoded);
    const gap = gapBefore(this.held, encoded);
    if (gap !== undefined) return this.certain ? this.refuse(chunk, gap) : this.addToWhatIsReallyHeld(chunk);
    this.group.push(encoded);
    this.grouped += encoded.data.length;
    this.held = heldAfter(encoded);
    if (this.grouped >= BULK_BYTES) await this.flush();
  }

  /** Another process may have been this step's writer since. */
  private async addToWhatIsReallyHeld(chunk: LogChunk): Promise<void> {
    await this.flush();
    this.held = await this.reread();
    this.certain = true;
    return this.add(chunk);
  }

  private async confirmHeld(chunks: readonly LogChunk[]): Promise<void> {
    if (chunks.length === 0) return;
    const offsets = [...new Set(chunks.map((chunk) => chunk.offset))];
    const documents = await this.client.get(this.address, offsets, ['offset', 'bytes', 'chain']);
    const byOffset = new Map(documents.map((document) => [document.offset, document]));
    for (const chunk of chunks) {
      const difference = differenceFromHeld(byOffset.get(chunk.offset), chunk);
      if (difference !== undefined) await this.refuse(chunk, difference);
    }
  }

  private async refuse(chunk: Pick<LogChunk, 'offset'>, why: string): Promise<never> {
    await this.flush();
    this.held = await this.reread();
    throw new LogGap(nameOf(this.address), this.held.bytes, chunk.offset, why);
  }

  private async flush(): Promise<void> {
    const { group } = this;
    this.group = [];
    this.grouped = 0;
    if (group.length === 0) return;
    const there = new Set(await this.client.create(group.map((chunk) => documentOf(this.address, chunk))));
    const chunks = group.filter((chunk) => there.has(chunk.offset));
    await this.confirmHeld(chunks.map((chunk) => ({ ...chunk, bytes: chunk.data.length, lines: [] })));
  }
}
