import type { SourceRequest } from './source-request.js';
import { packTree } from './tar-pack.js';

/** So many are kept at most, each for so long after its last use, and only those whose archive is no larger. */
const KEPT = 4;
const KEEP_MS = 30_000;
const KEPT_BYTES = 64 * 1024 * 1024;

/** A directory with a commit, from which archives are made. `bytes`: of a whole archive, once one was read to its end. */
export type Checkout = { readonly key: string | undefined; readonly directory: string; users: number; bytes?: number };

/** With submodules or all tags it may be another one the next time; large files are looked after elsewhere. */
const keyOf = ({ repoId, remote, ref, sha, depth = 1, submodules, largeFiles }: SourceRequest): string | undefined =>
  submodules || largeFiles || depth === 0 ? undefined : JSON.stringify([repoId, remote.url, ref, sha, depth]);

/**
 * What was checked out, for a moment: the jobs of a build want the same commit, and each would start the processes of git
 * for it. Nobody writes to these directories.
 */
export class KeptCheckouts {
  readonly #kept = new Map<string, Checkout>();
  readonly #timers = new Map<Checkout, NodeJS.Timeout>();
  #isClosed = false;

  /** `remove` is called once for each directory, when nobody uses it any more. */
  constructor(private readonly remove: (directory: string) => void) {}

  /** One that is there, to be given back. */
  take(request: SourceRequest): Checkout | undefined {
    const key = keyOf(request);
    const checkout = key === undefined ? undefined : this.#kept.get(key);
    if (!checkout) return undefined;
    this.stay(checkout);
    checkout.users += 1;
    return checkout;
  }

  /** A new one, which is used by whoever made it until it is given back. */
  add(request: SourceRequest, directory: string): Checkout {
    const checkout: Checkout = { key: keyOf(request), directory, users: 1 };
    if (checkout.key !== undefined && !this.#kept.has(checkout.key) && this.#kept.size < KEPT)
      this.#kept.set(checkout.key, checkout);
    return checkout;
  }

  giveBack(checkout: Checkout): void {
    checkout.users -= 1;
    if (checkout.users > 0) return;
    const isSmall = checkout.bytes !== undefined && checkout.bytes <= KEPT_BYTES;
    if (this.#isClosed || !isSmall || !this.isKept(checkout)) return this.drop(checkout);
    this.#timers.set(checkout, setTimeout(() => this.drop(checkout), KEEP_MS).unref());
  }

  /** Those that are in use go when they are given back. */
  close(): void {
    this.#isClosed = true;
    for (const checkout of [...this.#kept.values()]) if (checkout.users === 0) this.drop(checkout);
  }

  private drop(checkout: Checkout): void {
    this.stay(checkout);
    if (this.isKept(checkout)) this.#kept.delete(checkout.key ?? '');
    this.remove(checkout.directory);
  }

  private stay(checkout: Checkout): void {
    clearTimeout(this.#timers.get(checkout));
    this.#timers.delete(checkout);
  }

  private isKept(checkout: Checkout): boolean {
    return checkout.key !== undefined && this.#kept.get(checkout.key) === checkout;
  }
}

/** The archive of a checkout; notes how large it is. */
export async function* archiveOf(checkout: Checkout): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const part of packTree(checkout.directory)) {
    bytes += part.length;
    yield part;
  }
  checkout.bytes = bytes;
}
