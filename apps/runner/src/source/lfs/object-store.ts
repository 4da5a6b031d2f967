import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, link, lstat, mkdir, open, readdir, rename, rm, stat, unlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SourceUnavailable } from '#errors';
import { leastRecent, type StoredObject } from './least-recent.js';
import type { LfsObject } from './pointer.js';

/** Git takes a file for changed when it is as young as the index, so objects are older than any checkout. */
const AGE_S = 60;

const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Objects of repositories, `<directory>/<repository>/<aa>/<oid>`: each repository has its own, since whoever knows a hash
 * could have another's files otherwise. When an object was last used is its atime, set by hand.
 */
export class ObjectStore {
  constructor(private readonly directory: string) {}

  async has(repo: string, object: LfsObject): Promise<boolean> {
    return stat(this.path(repo, object)).then(
      ({ size }) => size === object.size,
      () => false,
    );
  }

  /** @throws SourceUnavailable when the content is not that of the object; nothing is kept then. */
  async keep(repo: string, object: LfsObject, content: AsyncIterable<Uint8Array>): Promise<void> {
    const incoming = join(this.directory, 'incoming', randomBytes(8).toString('hex'));
    await mkdir(dirname(incoming), { recursive: true });
    try {
      const file = await open(incoming, 'wx', 0o644);
      const hash = createHash('sha256');
      let bytes = 0;
      try {
        for await (const part of content) {
          if ((bytes += part.length) > object.size) break;
          hash.update(part);
          await file.writeFile(part);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      if (bytes > object.size)
        throw new SourceUnavailable(`it is larger than the ${object.size} bytes that the commit says`);
      if (bytes < object.size) throw new SourceUnavailable(`it ended after ${bytes} of ${object.size} bytes`);
      if (hash.digest('hex') !== object.oid)
        throw new SourceUnavailable('what came is another file: its sha256 is not that of the commit');
      const now = Date.now() / 1000;
      await utimes(incoming, now, now - AGE_S);
      await mkdir(dirname(this.path(repo, object)), { recursive: true });
      await rename(incoming, this.path(repo, object));
    } finally {
      await rm(incoming, { force: true });
    }
  }

  /**
   * Puts an object in the place of a file. `link`: nobody writes to that directory, so the object itself can be shown there
   * and stays there when the store drops it.
   */
  async place(repo: string, object: LfsObject, target: string | Buffer, how: 'link' | 'copy'): Promise<void> {
    const path = this.path(repo, object);
    const { mode } = await lstat(target);
    const { mtime } = await stat(path);
    await utimes(path, new Date(), mtime);
    await unlink(target);
    if (how === 'link' && (mode & 0o100) === 0) {
      const linked = await link(path, target).then(
        () => true,
        (error: unknown) => {
          if (errorCode(error) !== 'EXDEV' && errorCode(error) !== 'EMLINK') throw error;
          return false;
        },
      );
      if (linked) return;
    }
    await copyFile(path, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chmod(target, mode & 0o777);
    await utimes(target, mtime, mtime);
  }

  /** What has to go so that no more than so many bytes are kept. */
  async surplus(limit: number): Promise<readonly StoredObject[]> {
    const found: StoredObject[] = [];
    const names = (path: string): Promise<string[]> => readdir(path).catch(() => []);
    for (const repo of await names(this.directory)) {
      for (const part of await names(join(this.directory, repo)))
        for (const oid of await names(join(this.directory, repo, part))) {
          const path = join(this.directory, repo, part, oid);
          const stats = await stat(path).catch(() => undefined);
          if (stats) found.push({ repo, path, size: stats.size, usedMs: stats.atimeMs });
        }
    }
    return leastRecent(found, limit);
  }

  /** What an earlier process did not finish. */
  async clear(): Promise<void> {
    await rm(join(this.directory, 'incoming'), { recursive: true, force: true });
  }

  private path(repo: string, { oid }: LfsObject): string {
    return join(this.directory, repo, oid.slice(0, 2), oid);
  }
}
