/** Runs what is asked for under one name one after the other, and forgets the name when nothing waits. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const result = (this.last.get(name) ?? Promise.resolve()).then(work);
    const settled = result.catch(() => undefined);
    this.last.set(name, settled);
    try {
      return await result;
    } finally {
      if (this.last.get(name) === settled) this.last.delete(name);
    }
  }

  /** Waits for all that was asked for so far. */
  async settled(): Promise<void> {
    await Promise.all(this.last.values());
  }
}
