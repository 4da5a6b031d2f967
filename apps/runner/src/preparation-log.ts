/** Lines that the runner itself has to say while it prepares a job, as a step's output. */
export class PreparationLog implements AsyncIterable<Buffer> {
  readonly #lines: Buffer[] = [];
  #wake: () => void = () => undefined;
  #hasEnded = false;

  say(line: string): void {
    this.#lines.push(Buffer.from(`${line}\n`, 'utf8'));
    this.#wake();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const line = this.#lines.shift();
      if (line) yield line;
      else if (this.#hasEnded) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
