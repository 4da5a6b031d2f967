import { constants } from 'node:fs';
import { lstat, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LargeFileUnavailable } from '#errors';
import { quoted } from '../../host-shell/index.js';
import { gitLine, runGits, type GitSettings } from '../git-process.js';
import { parsePointer, POINTER_LIMIT, type LfsObject } from './pointer.js';

/** `name`: as git has it, which need not be UTF-8; `path`: in the workspace. */
export type PointerFile = Readonly<{ name: Buffer; path: Buffer; object: LfsObject }>;

export const shownName = (name: Buffer): string => JSON.stringify(name.toString('utf8').slice(0, 200));

const split = (list: Buffer): Buffer[] => {
  const names: Buffer[] = [];
  for (let start = 0, end; (end = list.indexOf(0, start)) >= 0; start = end + 1) names.push(list.subarray(start, end));
  return names;
};

const beginning = async (path: Buffer): Promise<Buffer | undefined> => {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats?.isFile() || stats.size === 0 || stats.size >= POINTER_LIMIT) return undefined;
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
};

/** A workspace that was just checked out, and its `.git`. */
export class PointerFiles {
  readonly #list: string;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(
    private readonly settings: GitSettings,
    private readonly directory: string,
    private readonly signal: AbortSignal | undefined,
  ) {
    const gitDirectory = join(directory, '.git');
    this.#list = join(gitDirectory, 'cairn-large-files');
    this.#environment = { GIT_DIR: gitDirectory, GIT_WORK_TREE: directory };
  }

  /** The files that `.gitattributes` gives to Git LFS, as far as they are pointers. @throws LargeFileUnavailable */
  async find(): Promise<readonly PointerFile[]> {
    const found: PointerFile[] = [];
    for (const name of split(await this.named())) {
      const path = Buffer.concat([Buffer.from(`${this.directory}/`), name]);
      const pointer = parsePointer((await beginning(path)) ?? Buffer.alloc(0));
      if (pointer?.extended)
        throw new LargeFileUnavailable(
          `${shownName(name)} is kept by an extension of Git LFS, which only its people have`,
        );
      if (pointer) found.push({ name, path, object: { oid: pointer.oid, size: pointer.size } });
    }
    return found;
  }

  /**
   * Tells git that the files, which now have other content and size, are what the commit says: as with Git LFS itself,
   * which a job need not have for a `git status` that is clean.
   */
  async settle(files: readonly PointerFile[]): Promise<void> {
    await writeFile(this.#list, Buffer.concat(files.flatMap(({ name }) => [name, Buffer.alloc(1)])));
    const clean = 'filter.lfs.clean=git cat-file blob :0:%f';
    const update = gitLine([
      '-C',
      this.directory,
      '-c',
      clean,
      '-c',
      'core.fsync=none',
      'update-index',
      '-z',
      '--stdin',
    ]);
    try {
      await this.git(`${update} <${quoted(this.#list)}`);
    } finally {
      await rm(this.#list, { force: true });
    }
  }

  private async named(): Promise<Buffer> {
    try {
      const list = gitLine(['-C', this.directory, 'ls-files', '-z', '--', ':(attr:filter=lfs)']);
      await this.git(`${list} >${quoted(this.#list)}`);
      return await readFile(this.#list);
    } finally {
      await rm(this.#list, { force: true });
    }
  }

  private git(command: string): Promise<void> {
    return runGits(this.settings, [command], this.#environment, this.signal);
  }
}
