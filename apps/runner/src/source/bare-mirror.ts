import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { HostShells } from '../host-shell/index.js';
import { archiveOf, KeptCheckouts, type Checkout } from './kept-checkouts.js';
import { KeyedMutex } from './keyed-mutex.js';
import { LargeFiles } from './lfs/large-files.js';
import { localRepository } from './local-remote.js';
import { MirrorRoom } from './mirror-room.js';
import { Mirror } from './mirror.js';
import { checkSourceRequest, type SourceRequest } from './source-request.js';
import { Submodules } from './submodules.js';
import { empty, fillWorkspace } from './workspace.js';

const PROGRAMS = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';
const LARGE_FILES_LIMIT = 10 * 1024 ** 3;
const MIRRORS_LIMIT = 20 * 1024 ** 3;

/** `dataDir` belongs to one runner. `path`: where git and ssh are looked for. `timeLimitMs`: for one git process. */
export type SourceSettings = Readonly<{
  dataDir: string;
  path?: string;
  timeLimitMs?: number;
  /** Its own, when there are no others. */
  shells?: HostShells;
  /** A mirror with more packs than this has them folded together. */
  maxPacks?: number;
  /** Bytes of files of Git LFS that are kept. */
  largeFilesLimit?: number;
  /** Bytes of mirrors that are kept. */
  mirrorsLimit?: number;
}>;

/**
 * Brings commits into workspaces: by a bare mirror for each repository, or straight from a repository on this machine.
 * A workspace equals `git checkout <sha>`; its `.git` holds that one commit, or as much history as was
 * asked for, and needs nothing else.
 * All methods may be called side by side.
 */
export class SourceMirrors {
  readonly #fetching = new KeyedMutex();
  readonly #stop = new AbortController();
  readonly #background = new Set<Promise<void>>();
  readonly #kept = new KeptCheckouts((directory) => this.inBackground(rm(directory, { recursive: true, force: true })));
  #checkouts: Promise<string> | undefined;

  readonly #shells: HostShells;
  readonly #largeFiles: LargeFiles;
  readonly #room: MirrorRoom;

  constructor(private readonly settings: SourceSettings) {
    const { dataDir, mirrorsLimit = MIRRORS_LIMIT } = settings;
    const alone = (repoId: string, work: () => Promise<void>): Promise<void> => this.#fetching.run(repoId, work);
    this.#room = new MirrorRoom(join(dataDir, 'mirrors'), mirrorsLimit, alone);
    this.#shells = settings.shells ?? new HostShells(join(settings.dataDir, 'shells'));
    this.#largeFiles = new LargeFiles(join(settings.dataDir, 'lfs'), settings.largeFilesLimit ?? LARGE_FILES_LIMIT);
  }

  /**
   * Fills `directory`, which is empty or not there yet.
   * @throws SourceUnavailable when the commit cannot be had · SubmoduleRefused · LargeFileUnavailable; the directory is
   * empty then.
   */
  checkoutInto(request: SourceRequest, directory: string): Promise<void> {
    return this.bring(request, directory, 'copy');
  }

  /**
   * The same as a tar archive. Destroy the stream if it is not read to its end: it keeps a directory until then.
   * @throws SourceUnavailable · SubmoduleRefused · LargeFileUnavailable
   */
  async checkout(request: SourceRequest): Promise<Readable> {
    const checkout = this.#kept.take(request) ?? (await this.checkedOut(request));
    const archive = Readable.from(archiveOf(checkout), { objectMode: false, highWaterMark: 256 * 1024 });
    return archive.once('close', () => this.#kept.giveBack(checkout));
  }

  /** Ends what is under way, git processes too. Checkouts that were not done fail with SourceUnavailable. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#kept.close();
    this.#shells.close();
    await this.settled();
  }

  /** Waits for the tidying that goes on after a checkout. */
  async settled(): Promise<void> {
    await Promise.all(this.#background);
  }

  private async checkedOut(request: SourceRequest): Promise<Checkout> {
    const directory = await mkdtemp(join(await this.checkouts(), 'c-'));
    try {
      await this.bring(request, directory, 'link');
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
    return this.#kept.add(request, directory);
  }

  private get git() {
    const { path = PROGRAMS, timeLimitMs = 600_000 } = this.settings;
    return { path, timeLimitMs, signal: this.#stop.signal, shells: this.#shells };
  }

  private mirror(repoId: string): Mirror {
    return new Mirror(join(this.settings.dataDir, 'mirrors', `${repoId}.git`), this.git);
  }

  private async bring(request: SourceRequest, directory: string, how: 'link' | 'copy'): Promise<void> {
    checkSourceRequest(request);
    const fill = async (one: SourceRequest, place: string): Promise<void> => {
      await this.fill(one, place);
      if (one.largeFiles) await this.#largeFiles.fill(this.git, one, place, how);
    };
    try {
      await fill(request, directory);
      if (request.submodules) await new Submodules(this.git, fill).fill(request, directory);
    } catch (error) {
      await empty(directory).catch(() => undefined); // it may not have been made
      throw error;
    }
    if (request.largeFiles) this.inBackground(this.#largeFiles.makeRoom());
  }

  private async fill(request: SourceRequest, directory: string): Promise<void> {
    const mirror = this.mirror(request.repoId);
    const isThere = await mirror.exists();
    if (isThere) this.inBackground(this.#room.used(request.repoId));
    const lenders = [...(await localRepository(request)), ...(isThere ? [mirror.path] : [])];
    // Trying is the cheapest way to ask whether the commit is there. With a whole history come the tags of now.
    if (request.depth !== 0 && lenders.length > 0 && (await this.fills(lenders, request, directory))) return;
    const provide = async (): Promise<void> => {
      if (await mirror.provide(request)) this.inBackground(this.tidy(mirror, request.repoId));
    };
    await this.#fetching.run(request.repoId, provide, request.signal);
    if (await this.fills([mirror.path], request, directory)) return;
    // The mirror has the commit, but not all of it.
    await this.#fetching.run(request.repoId, () => mirror.remake(request), request.signal);
    await fillWorkspace(this.git, [mirror.path], request, directory);
  }

  /** After a fetch. */
  private async tidy(mirror: Mirror, repoId: string): Promise<void> {
    await mirror.foldPacks(this.settings.maxPacks ?? 50);
    await this.#room.grown(repoId);
  }

  private fills(lenders: readonly string[], request: SourceRequest, directory: string): Promise<boolean> {
    return fillWorkspace(this.git, lenders, request, directory).then(
      () => true,
      (error: unknown) => {
        if (this.#stop.signal.aborted || request.signal?.aborted) throw error;
        return false;
      },
    );
  }

  /** Emptied at the first use: an earlier process may have died over its checkouts. */
  private checkouts(): Promise<string> {
    return (this.#checkouts ??= (async () => {
      const path = join(this.settings.dataDir, 'checkouts');
      await rm(path, { recursive: true, force: true });
      await mkdir(path, { recursive: true });
      return path;
    })());
  }

  /** Nobody waits for it, and its failure harms nobody: what it leaves is found again the next time. */
  private inBackground(work: Promise<void>): void {
    const tracked = work.catch(() => undefined).finally(() => this.#background.delete(tracked));
    this.#background.add(tracked);
  }
}
