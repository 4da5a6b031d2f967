/** Wakes all who wait for the next time that something happens. */
export class Pulse {
  private waiting: Promise<void> | undefined;
  private wake: () => void = () => undefined;

  next(): Promise<void> {
    this.waiting ??= new Promise((resolve) => (this.wake = resolve));
    return this.waiting;
  }

  fire(): void {
    this.waiting = undefined;
    this.wake();
  }
}
