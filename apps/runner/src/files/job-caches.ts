import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { BlobInfo, BlobStore } from '#blob-store';
import { BlobGone, BlobTooLarge, messageOf } from '#errors';
import type { CacheTemplate } from '#events';
import type { Values } from '#expression';
import { packed, unpacked, type Sandbox, type TreeEntry, type TreePath } from '../executor/index.js';
import { CACHE, evictions, USED, type CacheCeilings } from './cache-eviction.js';
import { CacheKeys } from './cache-key.js';
import type { CacheScopes } from './cache-scope.js';
import { sizeText } from './size.js';
import { TreeGuard } from './tree-guard.js';

export type CacheLimits = CacheCeilings & Readonly<{ cacheBytes: number }>;

export type CacheTools = Readonly<{
  blobs: BlobStore;
  limits: CacheLimits;
  repoId: string;
  scopes: CacheScopes;
  say: (line: string) => void;
}>;

/** A cache of a job, as it was asked for before the first step. `isThere`: there is one of just this key. */
export type AskedCache = Readonly<{ key: string; paths: readonly TreePath[]; isThere: boolean }>;

const ROOTS = ['workspace', 'home'];
/** Speed counts: a cache is written once and read often, mostly on the same machine. */
const GZIP_LEVEL = 1;
const NOTHING = 'has nothing at its paths';

/** `~` and what is below it is HOME, all else is below the workspace; undefined: neither. */
export const treePath = (path: string): TreePath | undefined => {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (path.startsWith('/') || names.includes('..')) return undefined;
  return names[0] === '~' ? ['home', ...names.slice(1)].join('/') : ['workspace', ...names].join('/');
};

/**
 * The caches of one attempt: restored before its first step, saved after its last. Whatever goes wrong with a cache is said
 * and never fails the job.
 */
export class JobCaches {
  #asked: readonly AskedCache[];

  /** `asked`: what another process of the runner has restored by. */
  constructor(
    private readonly caches: readonly CacheTemplate[],
    private readonly tools: CacheTools,
    asked: readonly AskedCache[] = [],
  ) {
    this.#asked = asked;
  }

  /** Returns what was asked for: keys are worked out before the first step, and not again. */
  async restore(sandbox: Sandbox, values: Values, signal: AbortSignal): Promise<readonly AskedCache[]> {
    const keys = new CacheKeys(sandbox, values, this.tools.say);
    const asked: AskedCache[] = [];
    for (const cache of this.caches)
      await this.carefully(signal, 'the cache is not restored', async () => {
        const paths = cache.paths.flatMap((path) => treePath(path) ?? this.strayPath(path));
        const key = await keys.keyOf(cache.key);
        const others = await Promise.all(cache.restoreKeys.map((text) => keys.keyOf(text)));
        const found = await this.find(key, others, paths);
        asked.push({ key, paths, isThere: found?.isExact === true });
        if (!found) return this.tools.say(`no cache for ${key}`);
        await this.unpack(sandbox, found.blob, signal);
        this.tools.say(`cache ${found.name} restored, ${sizeText(found.blob.size)}`);
      });
    this.#asked = asked;
    return asked;
  }

  /** Those of which there was none of just their key. Of two that write one at once the first wins. */
  async save(sandbox: Sandbox, say: (line: string) => void, signal: AbortSignal): Promise<void> {
    for (const { key, paths, isThere } of this.#asked)
      if (!isThere)
        await this.carefully(
          signal,
          `cache ${key} is not saved`,
          () => this.pack(sandbox, key, paths, say, signal),
          say,
        );
  }

  private strayPath(path: string): TreePath[] {
    this.tools.say(`${path} is not cached: it is neither in the workspace nor below ~`);
    return [];
  }

  private async carefully(
    signal: AbortSignal,
    what: string,
    work: () => Promise<unknown>,
    say = this.tools.say,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      say(`${what}: ${messageOf(error)}`);
    }
  }

  /** A cache belongs to its paths too: another job's of the same key may hold something else. */
  private placeOf(scope: string, paths: readonly TreePath[]): string {
    const hash = createHash('sha256').update(JSON.stringify(paths)).digest('hex').slice(0, 16);
    return `${this.tools.repoId}/${scope}/${hash}/`;
  }

  private async find(
    key: string,
    others: readonly string[],
    paths: readonly TreePath[],
  ): Promise<Readonly<{ blob: BlobInfo; name: string; isExact: boolean }> | undefined> {
    const { blobs, scopes } = this.tools;
    const places = scopes.map((scope) => `${CACHE}${this.placeOf(scope, paths)}`);
    for (const [index, place] of places.entries()) {
      const blob = await blobs.head(`${place}${encodeURIComponent(key)}`);
      // One of another scope is as good, and is left where it is: this scope would hold a copy of it.
      if (blob) return { blob, name: index === 0 ? key : `${key} (${scopes[index]})`, isExact: true };
    }
    for (const start of others)
      for (const place of places) {
        let newest: BlobInfo | undefined;
        for await (const blob of blobs.list(`${place}${encodeURIComponent(start)}`))
          if (!newest || blob.at > newest.at) newest = blob;
        if (newest) return { blob: newest, name: decodeURIComponent(newest.key.slice(place.length)), isExact: false };
      }
    return undefined;
  }

  private async unpack(sandbox: Sandbox, { key }: BlobInfo, signal: AbortSignal): Promise<void> {
    const { blobs } = this.tools;
    const { content } = await blobs.get(key);
    const gunzip = createGunzip();
    const streamed = pipeline(content, gunzip, { signal });
    streamed.catch(() => undefined);
    await sandbox.fill(this.admitted(unpacked(gunzip)));
    await streamed; // the store's own check comes with the last byte
    await blobs.put(`${USED}${key.slice(CACHE.length)}`, nothing(), { maxBytes: 0 });
  }

  private async *admitted(entries: AsyncIterable<TreeEntry>): AsyncGenerator<TreeEntry> {
    const guard = new TreeGuard({ roots: ROOTS, links: 'any' });
    for await (const entry of entries) {
      const why = guard.refusal(entry);
      if (why === undefined) yield entry;
      else this.tools.say(`not restored: ${entry.path}: ${why}`);
    }
  }

  private async pack(
    sandbox: Sandbox,
    key: string,
    paths: readonly TreePath[],
    say: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { blobs, scopes, limits, repoId } = this.tools;
    const place = `${CACHE}${this.placeOf(scopes[0], paths)}${encodeURIComponent(key)}`;
    if (await blobs.head(place)) return say(`cache ${key} is there by now`);
    let entries = 0;
    const found = async function* (): AsyncGenerator<TreeEntry> {
      for (const path of paths)
        for await (const entry of sandbox.entries(path)) {
          entries += 1;
          yield entry;
        }
    };
    const gzip = createGzip({ level: GZIP_LEVEL });
    const streamed = pipeline(await packed(found()), gzip, { signal });
    streamed.catch(() => undefined);
    const content = async function* (): AsyncGenerator<Uint8Array> {
      yield* gzip as AsyncIterable<Uint8Array>;
      await streamed;
      if (entries === 0) throw new BlobGone(key, NOTHING);
    };
    const written = await blobs
      .put(place, content(), { maxBytes: limits.cacheBytes, ifAbsent: true })
      .catch((error: unknown) => {
        if (error instanceof BlobGone) return 'nothing' as const; // takes back what was begun to be written
        if (error instanceof BlobTooLarge) return 'large' as const;
        throw error;
      })
      .finally(() => gzip.destroy());
    if (written === 'nothing') return say(`cache ${key} is not saved: there is nothing at its paths`);
    if (written === 'large')
      return say(
        `cache ${key} is not saved: it has more than ${sizeText(limits.cacheBytes)}, the limit of this runner`,
      );
    say(written ? `cache ${key} saved, ${sizeText(written.size)}` : `cache ${key} is there by now`);
    if (written) await this.evict(repoId, say);
  }

  /** Whoever adds makes room: then nobody has to watch. */
  private async evict(repoId: string, say: (line: string) => void): Promise<void> {
    const { blobs, limits } = this.tools;
    const [caches, marks] = await Promise.all([all(blobs, CACHE), all(blobs, USED)]);
    for (const key of evictions(caches, marks, repoId, limits)) {
      await blobs.delete(key);
      await blobs.delete(`${USED}${key.slice(CACHE.length)}`);
      if (key.startsWith(`${CACHE}${repoId}/`))
        say(`cache ${decodeURIComponent(key.split('/').at(-1) ?? '')} was not used for longest, and makes room`);
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

const all = async (blobs: BlobStore, prefix: string): Promise<BlobInfo[]> => {
  const found: BlobInfo[] = [];
  for await (const blob of blobs.list(prefix)) found.push(blob);
  return found;
};
