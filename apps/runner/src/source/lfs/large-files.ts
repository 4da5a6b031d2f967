import { unlink } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { ForgeUnavailable, LargeFileUnavailable, SourceUnavailable, messageOf, type CairnError } from '#errors';
import type { GitSettings } from '../git-process.js';
import { KeyedMutex } from '../keyed-mutex.js';
import type { SourceRequest } from '../source-request.js';
import { objectSource } from './object-source.js';
import { ObjectStore } from './object-store.js';
import { PointerFiles, shownName, type PointerFile } from './pointer-files.js';
import type { LfsObject } from './pointer.js';

/** Tries without any progress, and the pauses between them unless the server names another. */
const TRIES = 5;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 60_000;

const inWords = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

const named = ({ name, object }: PointerFile, why: CairnError): string =>
  `large file ${shownName(name)} (sha256 ${object.oid.slice(0, 12)}…, ${object.size} bytes): ${messageOf(why)}`;

const pauseFor = (tries: number, faults: Iterable<CairnError>): number => {
  const asked = [...faults].map((fault) => (fault instanceof ForgeUnavailable ? (fault.retryAfterMs ?? 0) : 0));
  return Math.min(Math.max(FIRST_PAUSE_MS * 2 ** (tries - 1), ...asked), LONGEST_PAUSE_MS);
};

/** Brings the files of Git LFS into workspaces, and keeps those that were used last. `limit`: bytes that are kept. */
export class LargeFiles {
  readonly #store: ObjectStore;
  readonly #using = new KeyedMutex();
  #ready: Promise<void> | undefined;

  constructor(
    directory: string,
    private readonly limit: number,
  ) {
    this.#store = new ObjectStore(directory);
  }

  /**
   * Puts the files in the place of their pointers. `how`: linked where nobody writes to the workspace.
   * @throws LargeFileUnavailable when one cannot be had, by its name · SourceUnavailable when another try may help
   */
  async fill(git: GitSettings, request: SourceRequest, directory: string, how: 'link' | 'copy'): Promise<void> {
    await (this.#ready ??= this.#store.clear());
    const pointers = new PointerFiles(git, directory, request.signal);
    const files = await pointers.find();
    if (files.length === 0) return;
    const objects = [...new Map(files.map(({ object }) => [object.oid, object])).values()];
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    if (bytes > this.limit)
      throw new LargeFileUnavailable(
        `the commit has ${inWords(bytes)} of large files, this runner keeps at most ${inWords(this.limit)} (CAIRN_LFS_LIMIT)`,
      );
    await this.#using.run(request.repoId, async () => {
      await this.provide(git, request, files, objects);
      for (const { path, object } of files) await this.#store.place(request.repoId, object, path, how);
    });
    await pointers.settle(files);
  }

  /** Drops what was not used for longest. Workspaces that have it linked keep it. */
  async makeRoom(): Promise<void> {
    for (const { repo, path } of await this.#store.surplus(this.limit))
      await this.#using.run(repo, () => unlink(path).catch(() => undefined));
  }

  private async provide(
    git: GitSettings,
    request: SourceRequest,
    files: readonly PointerFile[],
    objects: readonly LfsObject[],
  ): Promise<void> {
    const { repoId, remote, ref } = request;
    if (remote.largeFiles === undefined) throw new LargeFileUnavailable('its forge keeps no large files');
    const signal = request.signal ? AbortSignal.any([git.signal, request.signal]) : git.signal;
    const source = objectSource(remote.largeFiles, ref?.startsWith('refs/heads/') ? ref : undefined, signal);
    const isKept = await Promise.all(objects.map((object) => this.#store.has(repoId, object)));
    let missing = objects.filter((_, index) => !isKept[index]);
    for (let tries = 1; missing.length > 0; tries += 1) {
      const faults = await source(missing, (object, content) => this.#store.keep(repoId, object, content));
      if (signal.aborted) throw new SourceUnavailable('large files: stopped');
      this.throwFinal(files, faults, tries);
      const left = missing.filter(({ oid }) => faults.has(oid));
      if (left.length < missing.length) tries = 1;
      missing = left;
      if (missing.length > 0)
        await pause(pauseFor(tries, faults.values()), undefined, { signal }).catch(() => undefined);
    }
  }

  private throwFinal(files: readonly PointerFile[], faults: ReadonlyMap<string, CairnError>, tries: number): void {
    for (const file of files) {
      const fault = faults.get(file.object.oid);
      if (fault && fault.disposition !== 'retry') throw new LargeFileUnavailable(named(file, fault), { cause: fault });
    }
    if (tries < TRIES) return;
    const last = files.find(({ object }) => faults.has(object.oid));
    const fault = last && faults.get(last.object.oid);
    if (last && fault) throw new SourceUnavailable(named(last, fault), { cause: fault });
  }
}
