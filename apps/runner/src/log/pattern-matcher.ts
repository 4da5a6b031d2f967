/**
 * Finds any of many patterns in a stream of bytes, wherever reads cut it, after Aho and Corasick: a trie of all patterns, in
 * which each node knows the longest other place of the trie that its bytes end in. Each byte costs one step down, and every
 * step back was paid for by a step down before: the time is linear in the bytes, however many patterns there are.
 *
 * Nodes are numbers, the root is 0 and the state before the first byte. Children are lists, because most nodes have one:
 * 21 bytes for each byte of the patterns.
 */
export class PatternMatcher {
  readonly #byte: Uint8Array;
  readonly #child: Int32Array;
  readonly #sibling: Int32Array;
  readonly #fallback: Int32Array;
  readonly #depth: Int32Array;
  readonly #longest: Int32Array;
  readonly #fromRoot = new Int32Array(256);
  #nodes = 1;
  #steps = 0;

  constructor(patterns: Iterable<Uint8Array>) {
    const all = [...patterns].filter(({ length }) => length > 0);
    const size = all.reduce((sum, { length }) => sum + length, 1);
    this.#byte = new Uint8Array(size);
    this.#child = new Int32Array(size);
    this.#sibling = new Int32Array(size);
    this.#fallback = new Int32Array(size);
    this.#depth = new Int32Array(size);
    this.#longest = new Int32Array(size);
    for (const pattern of all) this.insert(pattern);
    this.linkFallbacks();
  }

  /** How many states there are: what the memory grows with. */
  get nodes(): number {
    return this.#nodes;
  }

  /** Looks at nodes so far: what the time grows with. */
  get steps(): number {
    return this.#steps;
  }

  /** How many of the last bytes are the beginning of a pattern, at most. */
  depthOf(node: number): number {
    return this.#depth[node] ?? 0;
  }

  /** Reads on from a state. `found` is called for the longest pattern that ends at a place: its length, and the place after it. */
  scan(from: number, bytes: Uint8Array, found: (length: number, end: number) => void): number {
    const [fromRoot, longest] = [this.#fromRoot, this.#longest];
    let node = from;
    for (let n = 0; n < bytes.length; n += 1) {
      const byte = bytes[n]!;
      node = node === 0 ? fromRoot[byte]! : this.next(node, byte);
      if (longest[node]! > 0) found(longest[node]!, n + 1);
    }
    return node;
  }

  private next(from: number, byte: number): number {
    const [bytes, sibling] = [this.#byte, this.#sibling];
    for (let node = from; node !== 0; node = this.#fallback[node]!) {
      let child = this.#child[node]!;
      this.#steps += 1;
      while (child !== 0 && bytes[child] !== byte) {
        child = sibling[child]!;
        this.#steps += 1;
      }
      if (child !== 0) return child;
    }
    return this.#fromRoot[byte]!;
  }

  private insert(pattern: Uint8Array): void {
    let node = 0;
    for (const byte of pattern) node = this.childOf(node, byte) || this.add(node, byte);
    this.#longest[node] = pattern.length;
  }

  private childOf(node: number, byte: number): number {
    if (node === 0) return this.#fromRoot[byte]!;
    let child = this.#child[node]!;
    while (child !== 0 && this.#byte[child] !== byte) child = this.#sibling[child]!;
    return child;
  }

  private add(parent: number, byte: number): number {
    const node = this.#nodes++;
    this.#byte[node] = byte;
    this.#depth[node] = this.#depth[parent]! + 1;
    this.#sibling[node] = this.#child[parent]!;
    this.#child[parent] = node;
    if (parent === 0) this.#fromRoot[byte] = node;
    return node;
  }

  /** In the order of depth: what a node falls back to lies higher. */
  private linkFallbacks(): void {
    const order = new Int32Array(this.#nodes);
    let filled = 1; // the root comes first
    for (let n = 0; n < filled; n += 1) {
      const parent = order[n]!;
      for (let child = this.#child[parent]!; child !== 0; child = this.#sibling[child]!) {
        order[filled++] = child;
        const fallback = parent === 0 ? 0 : this.next(this.#fallback[parent]!, this.#byte[child]!);
        this.#fallback[child] = fallback;
        this.#longest[child] ||= this.#longest[fallback]!;
      }
    }
    this.#steps = 0;
  }
}
