import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { CairnError, SourceUnavailable, SubmoduleRefused, messageOf } from '#errors';
import type { GitSettings } from './git-process.js';
import type { SourceRequest } from './source-request.js';
import { submodulesOf, type Submodule } from './submodule-list.js';

/** A repository can have itself as a submodule, at many of its earlier commits. */
const MOST = 200;
const DEEPEST = 10;

/** Without what may be a password. */
const shown = (text: string): string => JSON.stringify(text.replace(/\/\/[^/]*@/, '//***@').slice(0, 200));

/** `again`: another attempt may end otherwise. */
const failure = (again: boolean, name: string, why: string, cause: unknown): Error =>
  new (again ? SourceUnavailable : SubmoduleRefused)(`${name}: ${why}`, { cause });

/** How servers refuse whoever may not read a repository; many say of a private one that it is not there. */
const NOT_READABLE = /could not read Username|Authentication failed|not found|returned error: 40[134]/i;

/** Makes a workspace, without its submodules. */
type Checkout = (request: SourceRequest, directory: string) => Promise<void>;

type Within = Readonly<{ request: SourceRequest; directory: string; path: string; repo?: string; depth: number }>;

/** Brings the submodules of a workspace in, and theirs. Nobody else has access to the workspace meanwhile. */
export class Submodules {
  #count = 0;

  constructor(
    private readonly settings: GitSettings,
    private readonly checkout: Checkout,
  ) {}

  /** @throws SubmoduleRefused · SourceUnavailable */
  async fill(request: SourceRequest, directory: string): Promise<void> {
    await this.fillWithin({ request, directory, path: '', depth: 1 });
  }

  private async fillWithin(within: Within): Promise<void> {
    const { request, directory } = within;
    for (const module of await submodulesOf(this.settings, join(directory, '.git'), request.sha, request.signal)) {
      const path = within.path === '' ? module.path : `${within.path}/${module.path}`;
      const name = `submodule ${shown(path)} (${shown(module.url)})`;
      if (++this.#count > MOST) throw new SubmoduleRefused(`${name}: there are more than ${MOST} submodules`);
      if (within.depth > DEEPEST)
        throw new SubmoduleRefused(`${name}: submodules are more than ${DEEPEST} levels within each other`);
      await this.fillOne(within, module, path, name);
    }
  }

  private async fillOne(within: Within, module: Submodule, path: string, name: string): Promise<void> {
    const { request, directory } = within;
    const place = await placeIn(directory, module.path, name);
    const found = await request.submodules?.find(module.url, within.repo).catch((error: unknown) => {
      throw failure(error instanceof CairnError && error.disposition === 'retry', name, messageOf(error), error);
    });
    if (!found) return;
    const { repo, repoId, remote, without } = found;
    const inner: SourceRequest = { ...request, repoId, remote, ref: undefined, sha: module.sha };
    await this.checkout(inner, place).catch((error: unknown) => {
      const why = messageOf(error);
      const isFinal = NOT_READABLE.test(why);
      throw failure(!isFinal, name, `${why}${isFinal && without !== undefined ? `; ${without}` : ''}`, error);
    });
    await this.fillWithin({ request: inner, directory: place, path, repo, depth: within.depth + 1 });
  }
}

/** The folder that git made for the submodule. @throws SubmoduleRefused when something on the way to it is no folder */
const placeIn = async (directory: string, path: string, name: string): Promise<string> => {
  let place = directory;
  for (const part of path.split('/')) {
    place = join(place, part);
    const isFolder = await lstat(place).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) throw new SubmoduleRefused(`${name}: there is no folder for it`);
  }
  return place;
};
