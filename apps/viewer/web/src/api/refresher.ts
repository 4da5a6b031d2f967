/**
 * Runs `task` now when asked, once more after it when asked meanwhile, and never twice at a time: a burst of events
 * costs two requests, and the last answer is always newer than the last event. `pauseMs` lies between two runs.
 * `task` deals with its own errors.
 */
export class Refresher {
  private running = false;
  private again = false;
  private stopped = false;

  constructor(
    private readonly task: () => Promise<void>,
    private readonly pauseMs: number,
  ) {}

  request(): void {
    if (this.running) this.again = true;
    else void this.run();
  }

  stop(): void {
    this.stopped = true;
  }

  private async run(): Promise<void> {
    this.running = true;
    do {
      this.again = false;
      await this.task();
      await new Promise((resolve) => setTimeout(resolve, this.pauseMs));
    } while (this.again && !this.stopped);
    this.running = false;
  }
}
