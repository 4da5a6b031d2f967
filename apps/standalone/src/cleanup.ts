/** What has to be undone at the end, the last thing first. */
export class Cleanup {
  readonly #steps: (() => Promise<void> | void)[] = [];

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** Does everything, once, also when a part fails. `complain` hears why. */
  async run(complain: (error: unknown) => void): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        complain(error);
      }
    }
  }
}
