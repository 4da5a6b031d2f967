import type Docker from 'dockerode';
import type { Readable } from 'node:stream';
import { dirname } from 'node:path/posix';
import { RefusedEntry, SandboxLost } from '#errors';
import { asEngineError, statusOf, wordsOf } from './docker-engine.js';
import type { TreeEntry, TreePath } from './executor.js';
import type { Owner } from './image-owner.js';
import { packed, unpacked } from './tar-entries.js';
import { CONTAINER_TREE } from './waiting-shell.js';

/** By the engine, which needs nothing of the image, and reads what belongs to whomever. A last part that is a link is one. */
export async function* readTree(container: Docker.Container, path: TreePath): AsyncGenerator<TreeEntry> {
  const archive = await container.getArchive({ path: `${CONTAINER_TREE}/${path}` }).catch((error: unknown) => {
    if (statusOf(error) === 404 || /not a directory/.test(wordsOf(error))) return undefined;
    throw asEngineError(error);
  });
  if (!archive) return;
  const below = dirname(path);
  yield* unpacked(archive as unknown as Readable, below === '.' ? '' : below);
}

/** The folders above an entry that have not come yet: the engine would make them as its own. */
async function* withFolders(entries: AsyncIterable<TreeEntry>): AsyncGenerator<TreeEntry> {
  const made = new Set(['.', 'workspace', 'home']);
  for await (const entry of entries) {
    const missing: string[] = [];
    for (let folder = dirname(entry.path); !made.has(folder); folder = dirname(folder)) missing.unshift(folder);
    for (const path of missing) {
      made.add(path);
      yield { path, kind: 'folder', size: 0, mode: 0o755 };
    }
    if (entry.kind === 'folder') made.add(entry.path);
    if (entry.path.includes('/')) yield entry; // the roots are there, with modes of their own
  }
}

export const fillTree = async (
  container: Docker.Container,
  entries: AsyncIterable<TreeEntry>,
  owner: Owner,
): Promise<void> => {
  let fault: { error: unknown } | undefined;
  const watched = async function* (): AsyncGenerator<TreeEntry> {
    try {
      yield* withFolders(entries);
    } catch (error) {
      fault = { error };
      throw error;
    }
  };
  const tar = await packed(watched(), owner);
  const abort = new AbortController();
  // Without it the engine would wait for the rest.
  const broken = new Promise<never>((_, reject) => {
    tar.on('error', (error: Error) => {
      reject(error);
      abort.abort();
    });
  });
  const options = { path: CONTAINER_TREE, noOverwriteDirNonDir: true, abortSignal: abort.signal };
  const sent = container.putArchive(tar as unknown as NodeJS.ReadableStream, options).catch((error: unknown) => {
    tar.destroy();
    if (statusOf(error) === undefined) throw asEngineError(error);
    if (/cannot overwrite/.test(wordsOf(error))) throw new RefusedEntry(wordsOf(error));
    throw new SandboxLost(`files cannot be put into the job's place: ${wordsOf(error)}`, { cause: error });
  });
  try {
    await Promise.race([broken, sent]);
  } catch (error) {
    sent.catch(() => undefined);
    throw fault ? fault.error : error;
  } finally {
    broken.catch(() => undefined);
  }
};
