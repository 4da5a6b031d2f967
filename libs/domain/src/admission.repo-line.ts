import type { Candidate } from './admission.js';

/** First in, first out, without moving what is behind. */
class Fifo {
  readonly #items: Candidate[] = [];
  #taken = 0;

  get length(): number {
    return this.#items.length - this.#taken;
  }

  push(item: Candidate): void {
    this.#items.push(item);
  }

  shift(): Candidate | undefined {
    const item = this.#items[this.#taken];
    this.#taken += 1;
    return item;
  }
}

/**
 * What waits of one repository for one pool. What a person asked for goes first, but not two turns in a row while
 * something else waits: nobody who presses a button again and again holds up the pushes.
 */
export class RepoLine {
  readonly #asked = new Fifo();
  readonly #others = new Fifo();

  get isEmpty(): boolean {
    return this.#asked.length + this.#others.length === 0;
  }

  add(candidate: Candidate): void {
    (candidate.asked ? this.#asked : this.#others).push(candidate);
  }

  /** `wasAsked`: somebody had asked for what had the last turn. */
  take(wasAsked: boolean): Candidate | undefined {
    const isAsked = this.#asked.length > 0 && (!wasAsked || this.#others.length === 0);
    return (isAsked ? this.#asked : this.#others).shift();
  }

  /** All that is left, as if each had a turn. */
  rest(wasAsked: boolean): Candidate[] {
    const all: Candidate[] = [];
    while (!this.isEmpty) {
      const next = this.take(all.at(-1)?.asked ?? wasAsked);
      if (next) all.push(next);
    }
    return all;
  }
}
