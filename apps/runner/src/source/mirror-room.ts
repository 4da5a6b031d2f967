import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { leastRecent, type StoredObject } from './lfs/least-recent.js';

const SUFFIX = '.git';

const bytesBelow = async (path: string): Promise<number> => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const sizes = entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name)));
  return (await Promise.allSettled(sizes)).reduce(
    (sum, one) => sum + (one.status === 'fulfilled' ? one.value.size : 0),
    0,
  );
};

/**
 * Keeps the mirrors below a directory within so many bytes: those that served no job for longest go. When one did is its
 * folder's mtime, which git sets when it fetches, and we whenever it serves. `alone`: runs work while nobody writes to the mirror of that repository.
 */
export class MirrorRoom {
  /** As they were when they had grown last. */
  readonly #sizes = new Map<string, number>();

  constructor(
    private readonly directory: string,
    private readonly limit: number,
    private readonly alone: (repoId: string, work: () => Promise<void>) => Promise<void>,
  ) {}

  async used(repoId: string): Promise<void> {
    const now = new Date();
    await utimes(this.pathOf(repoId), now, now);
  }

  /** A mirror has grown: others may have to go. It stays, even if it is too large for itself. */
  async grown(repoId: string): Promise<void> {
    this.#sizes.delete(repoId);
    const mirrors = await this.mirrors();
    const own = mirrors.find(({ repo }) => repo === repoId)?.size ?? 0;
    const others = mirrors.filter(({ repo }) => repo !== repoId);
    for (const { repo, path } of leastRecent(others, Math.max(0, this.limit - own)))
      await this.alone(repo, () => this.remove(repo, path));
  }

  /** Whoever reads it meanwhile finds that it is gone, and fetches anew. */
  private async remove(repoId: string, path: string): Promise<void> {
    const old = `${path}.old-room`;
    await rm(old, { recursive: true, force: true });
    await rename(path, old);
    await rm(old, { recursive: true, force: true });
    this.#sizes.delete(repoId);
  }

  private async mirrors(): Promise<StoredObject[]> {
    const names = (await readdir(this.directory)).filter((name) => name.endsWith(SUFFIX));
    const found = names.map(async (name): Promise<StoredObject> => {
      const repo = name.slice(0, -SUFFIX.length);
      const path = this.pathOf(repo);
      const size = this.#sizes.get(repo) ?? (await bytesBelow(path));
      this.#sizes.set(repo, size);
      return { repo, path, size, usedMs: (await stat(path)).mtimeMs };
    });
    return (await Promise.allSettled(found)).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  private pathOf(repoId: string): string {
    return join(this.directory, `${repoId}${SUFFIX}`);
  }
}
