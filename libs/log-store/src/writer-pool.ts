import type { StepWriter } from './step-writer.js';

type Entry = { turn: Promise<unknown>; users: number; writer?: StepWriter };

/**
 * Keeps the writers used last open, at most `limit` beyond those at work, and gives each to one user at a time. A writer
 * whose user failed is closed: the next one opens it anew, which cuts off what is torn.
 */
export class WriterPool {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly limit: number) {}

  async use<T>(name: string, open: () => Promise<StepWriter>, work: (writer: StepWriter) => Promise<T>): Promise<T> {
    const entry = this.entries.get(name) ?? { turn: Promise.resolve(), users: 0 };
    this.entries.delete(name);
    this.entries.set(name, entry); // the one used last is the last in the map
    entry.users += 1;
    const result = entry.turn.then(() => this.take(entry, open, work));
    entry.turn = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      entry.users -= 1;
      await this.shrinkTo(this.limit);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.entries.values()].map((entry) => entry.turn));
    await this.shrinkTo(0);
  }

  private async take<T>(
    entry: Entry,
    open: () => Promise<StepWriter>,
    work: (writer: StepWriter) => Promise<T>,
  ): Promise<T> {
    const writer = (entry.writer ??= await open());
    try {
      return await work(writer);
    } catch (error) {
      delete entry.writer;
      await writer.close().catch(() => undefined); // the first error is the one to tell
      throw error;
    }
  }

  private async shrinkTo(limit: number): Promise<void> {
    const idle = [...this.entries].filter(([, entry]) => entry.users === 0);
    const surplus = idle.slice(0, Math.max(0, this.entries.size - limit));
    for (const [name] of surplus) this.entries.delete(name);
    await Promise.all(surplus.map(([, { writer }]) => writer?.close()));
  }
}
