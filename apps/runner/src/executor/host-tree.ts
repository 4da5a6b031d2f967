import { createWriteStream } from 'node:fs';
import { chmod, constants, link, lstat, mkdir, open, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RefusedEntry, SandboxLost, messageOf } from '#errors';
import type { TreeEntry, TreePath } from './executor.js';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** A file as it was when it was opened: what is written to it meanwhile does not come. */
async function* contentOf(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  if (size === 0) return;
  yield* file.createReadStream({ start: 0, end: size - 1, autoClose: false }) as AsyncIterable<Uint8Array>;
}

export async function* readTree(root: string, path: TreePath): AsyncGenerator<TreeEntry> {
  const place = join(root, path);
  const stat = await lstat(place).catch(() => undefined);
  if (!stat) return;
  const entry = { path, size: 0, mode: stat.mode & 0o7777, changed: stat.mtime };
  if (stat.isSymbolicLink()) yield { ...entry, kind: 'link', target: await readlink(place) };
  else if (stat.isDirectory()) {
    yield { ...entry, kind: 'folder' };
    const names = await readdir(place).catch(() => []);
    for (const name of names.sort()) yield* readTree(root, `${path}/${name}`);
  } else yield* readFile(place, entry, stat.isFile());
}

async function* readFile(place: string, entry: Omit<TreeEntry, 'kind'>, isFile: boolean): AsyncGenerator<TreeEntry> {
  // A link that has come into its place meanwhile is not followed, and a pipe not waited for.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = isFile ? await open(place, flags).catch(() => undefined) : undefined;
  try {
    const stat = await file?.stat();
    if (!file || !stat?.isFile()) yield { ...entry, kind: 'other' };
    else yield { ...entry, kind: 'file', size: stat.size, content: contentOf(file, stat.size) };
  } finally {
    await file?.close();
  }
}

/** Every folder above is looked at before: a link that stands in the way is refused, never gone through. */
const makeFolder = async (root: string, path: string): Promise<void> => {
  if (path === '.') return;
  await makeFolder(root, dirname(path));
  const place = join(root, path);
  const stat = await lstat(place).catch(() => undefined);
  if (!stat) await mkdir(place);
  else if (!stat.isDirectory()) throw new RefusedEntry(`${path}: something that is no folder is in its place`);
};

/** What is made beside it is put in its place in one stroke; a folder is not replaced. */
const replace = async (place: string, make: (beside: string) => Promise<void>): Promise<void> => {
  const beside = join(dirname(place), `.cairn-${process.pid}-${basename(place).slice(0, 100)}`);
  await rm(beside, { force: true });
  try {
    await make(beside);
    await rename(beside, place);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
};

const fillEntry = async (root: string, entry: TreeEntry): Promise<void> => {
  const { path, kind, mode, target = '', content } = entry;
  const place = join(root, path);
  if (kind === 'other') return;
  await makeFolder(root, kind === 'folder' ? path : dirname(path));
  if (kind === 'folder') return path.includes('/') ? chmod(place, (mode & 0o777) | 0o700) : undefined;
  await replace(place, async (beside) => {
    if (kind === 'link') return symlink(target, beside);
    if (kind === 'hardlink') {
      await makeFolder(root, dirname(target));
      if ((await lstat(join(root, target))).isFile()) return link(join(root, target), beside);
      throw new RefusedEntry(`${path}: what it is linked to is no file`);
    }
    await pipeline(content ?? [], createWriteStream(beside, { flags: 'wx', mode: 0o600 }));
    await chmod(beside, mode & 0o777);
  }).catch((error: unknown) => {
    if (codeOf(error) === 'EISDIR' || codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST')
      throw new RefusedEntry(`${path}: a folder is in its place`);
    throw error;
  });
};

export const fillTree = async (root: string, entries: AsyncIterable<TreeEntry>): Promise<void> => {
  for await (const entry of entries) {
    await fillEntry(root, entry).catch((error: unknown) => {
      const isDisk = codeOf(error)?.startsWith('E') === true;
      throw isDisk ? new SandboxLost(`${entry.path} cannot be written: ${messageOf(error)}`, { cause: error }) : error;
    });
  }
};
