import type { PatternMatcher } from './pattern-matcher.js';

/** What stands for a secret in a log. */
export const MASK = Buffer.from('***');
const NOTHING = Buffer.alloc(0);

/**
 * Replaces what patterns cover in a stream of bytes. What is covered depends on the bytes alone, not on how they are cut into
 * reads: each place at which any pattern stands, and places that touch or overlap are one `***`.
 *
 * Held back is only what may be the beginning of a pattern, at most as much as the longest has, and for as long as it may
 * be one: half a secret must not be seen because the other half is late.
 */
export class Masker {
  #state = 0;
  /** What has not left yet; its first byte is number `#from` of the stream. */
  #pending: Buffer[] = [];
  #from = 0;
  #seen = 0;
  /** What is covered of it, in order, without two that touch. */
  #covered: { from: number; to: number }[] = [];
  /** The byte before `#from` was covered. */
  #isWithinMask = false;

  constructor(private readonly matcher: PatternMatcher) {}

  /** What may leave now. */
  push(bytes: Buffer): Buffer {
    if (bytes.length === 0) return NOTHING;
    const start = this.#seen;
    this.#state = this.matcher.scan(this.#state, bytes, (length, end) => this.cover(start + end - length, start + end));
    this.#pending.push(bytes);
    this.#seen += bytes.length;
    return this.release(this.#seen - this.matcher.depthOf(this.#state));
  }

  /** What is left: the stream has ended, so nothing begins any more. */
  end(): Buffer {
    this.#state = 0;
    return this.release(this.#seen);
  }

  private cover(from: number, to: number): void {
    let start = Math.max(from, this.#from);
    for (let last = this.#covered.at(-1); last && last.to >= start; last = this.#covered.at(-1)) {
      start = Math.min(start, last.from);
      this.#covered.pop();
    }
    this.#covered.push({ from: start, to });
  }

  /** Up to `settled` it is decided what is covered; what is covered after that stays so. */
  private release(settled: number): Buffer {
    const out: Buffer[] = [];
    let next = 0;
    for (let run = this.#covered[next]; ; run = this.#covered[next]) {
      const plain = Math.min(run?.from ?? settled, settled) - this.#from;
      if (plain > 0) {
        this.take(plain, out);
        this.#isWithinMask = false;
      }
      if (!run || run.from > this.#from) break;
      if (!this.#isWithinMask) out.push(MASK);
      this.#isWithinMask = true;
      this.take(run.to - this.#from);
      next += 1;
    }
    this.#covered = this.#covered.slice(next);
    this.compact();
    return out.length === 1 ? (out[0] as Buffer) : Buffer.concat(out);
  }

  /** Takes so many of the first bytes. */
  private take(count: number, out?: Buffer[]): void {
    this.#from += count;
    let [whole, left] = [0, count];
    for (let first = this.#pending[0]; first && first.length <= left; first = this.#pending[whole]) {
      out?.push(first);
      left -= first.length;
      whole += 1;
    }
    if (whole > 0) this.#pending.splice(0, whole);
    const first = this.#pending[0];
    if (!first || left === 0) return;
    out?.push(first.subarray(0, left));
    this.#pending[0] = first.subarray(left);
  }

  /** A few bytes that are held must not keep a whole read alive. */
  private compact(): void {
    const [only, ...more] = this.#pending;
    if (only && more.length === 0 && only.length * 4 < only.buffer.byteLength) this.#pending = [Buffer.from(only)];
  }
}

/**
 * An output, masked. When the source breaks off, what is held back stays: whoever reads it again from the beginning comes to
 * the same bytes.
 */
export async function* masked(output: AsyncIterable<Buffer>, matcher: PatternMatcher): AsyncGenerator<Buffer> {
  const masker = new Masker(matcher);
  for await (const bytes of output) {
    const out = masker.push(bytes);
    if (out.length > 0) yield out;
  }
  const rest = masker.end();
  if (rest.length > 0) yield rest;
}

export const maskedText = (text: string, matcher: PatternMatcher): string => {
  const masker = new Masker(matcher);
  return Buffer.concat([masker.push(Buffer.from(text)), masker.end()]).toString();
};
