/** What a text goes through, piece by piece, before any of it is kept. */
export type TextFilter = Readonly<{ push: (text: string) => string; end: () => string }>;

/** Room for what stands between the two parts of a text that was cut. */
const GAP = 60;

const isHighSurrogate = (text: string, at: number): boolean => /[\ud800-\udbff]/.test(text.charAt(at));
/** No character is cut in two. */
const start = (text: string, length: number): string =>
  text.slice(0, isHighSurrogate(text, length - 1) ? length - 1 : length);
const rest = (text: string, length: number): string => {
  const from = text.length - length;
  return text.slice(isHighSurrogate(text, from - 1) ? from + 1 : from);
};

/**
 * Keeps the beginning and the end of a text that comes in pieces, however long it is. What is cut is cut after the filter:
 * half of what a filter looks for is never left over.
 */
export class Excerpt {
  #head = '';
  #tail = '';
  #length = 0;
  readonly #side: number;

  constructor(
    private readonly limit: number,
    private readonly filter: TextFilter,
  ) {
    this.#side = Math.max(1, Math.floor((limit - GAP) / 2));
  }

  push(text: string): void {
    this.keep(this.filter.push(text));
  }

  /** Once, when all was pushed. */
  end(): Readonly<{ text: string; isCut: boolean }> {
    this.keep(this.filter.end());
    if (this.#length <= this.limit) return { text: this.#head + this.#tail, isCut: false };
    const [head, tail] = [start(this.#head, this.#side), rest(this.#tail, this.#side)];
    return {
      text: `${head}\n… ${this.#length - head.length - tail.length} characters left out …\n${tail}`,
      isCut: true,
    };
  }

  private keep(text: string): void {
    this.#length += text.length;
    const missing = this.#side - this.#head.length;
    if (missing > 0) this.#head += text.slice(0, missing);
    this.#tail += missing > 0 ? text.slice(missing) : text;
    // Cut now and then, not with each piece.
    if (this.#tail.length > 4 * this.limit) this.#tail = this.#tail.slice(-this.limit);
  }
}

/** The beginning of a short text, in one line if it is to be. */
export const shortened = (
  text: string,
  limit: number,
  filter: TextFilter,
): Readonly<{ text: string; isCut: boolean }> => {
  const clean = filter.push(text) + filter.end();
  return clean.length <= limit ? { text: clean, isCut: false } : { text: `${start(clean, limit - 1)}…`, isCut: true };
};
