/** One waits, others wake it. Waking nobody is forgotten: look at the state before waiting. */
export class WakeUp {
  #resume: (() => void) | undefined;

  /** Until `wake` is called, or `ms` milliseconds have passed. */
  wait(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => this.wake(), ms);
      this.#resume = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}
