/** Runs tasks of one key one after another, those of different keys side by side. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<void>>();

  /** Settles when the task has run. The task must not throw. */
  async run(key: string, task: () => Promise<void>): Promise<void> {
    const turn = (this.#tails.get(key) ?? Promise.resolve()).then(task);
    this.#tails.set(key, turn);
    await turn;
    if (this.#tails.get(key) === turn) this.#tails.delete(key);
  }

  /** Settles when all that was begun has ended. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}
