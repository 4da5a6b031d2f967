import { createHash } from 'node:crypto';
import type { BlobStore } from '#blob-store';
import type { StoredArtifact } from '#domain';
import { ArtifactUnavailable, BlobGone, messageOf } from '#errors';
import type { Sandbox, TreeEntry } from '../executor/index.js';
import { sizeText } from './size.js';
import { TreeGuard } from './tree-guard.js';

/** A job with what it has left behind. `title`: for people. */
export type Giver = Readonly<{ title: string; artifacts: Iterable<StoredArtifact> }>;

type Given = Readonly<{ from: string; artifact: StoredArtifact }>;

/** Of files of one name the last giver's counts. */
const chosen = (givers: readonly Giver[], say: (line: string) => void): readonly Given[] => {
  const byName = new Map<string, Given>();
  for (const { title, artifacts } of givers)
    for (const artifact of artifacts) {
      const before = byName.get(artifact.name);
      if (before && before.from !== title && before.artifact.sha256 !== artifact.sha256)
        say(`${artifact.name} is left behind by ${before.from} and by ${title}: that of ${title} is taken`);
      byName.set(artifact.name, { from: title, artifact });
    }
  return [...byName.values()].sort((a, b) => (a.artifact.name < b.artifact.name ? -1 : 1));
};

/**
 * Puts the artifacts of other jobs into the workspace. What comes is checked against what was written when they were kept.
 * @throws ArtifactUnavailable · RefusedEntry · BlobStoreUnavailable · the signal's reason
 */
export const takeArtifacts = async (
  sandbox: Sandbox,
  givers: readonly Giver[],
  blobs: BlobStore,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> => {
  const given = chosen(givers, say);
  if (given.length === 0) return;
  await sandbox.fill(entriesOf(given, blobs, signal));
  const bytes = given.reduce((sum, { artifact }) => sum + artifact.bytes, 0);
  const from = [...new Set(given.map(({ from: title }) => title))].join(', ');
  say(`${given.length} ${given.length === 1 ? 'artifact' : 'artifacts'} of ${from} unpacked, ${sizeText(bytes)}`);
};

async function* entriesOf(given: readonly Given[], blobs: BlobStore, signal: AbortSignal): AsyncGenerator<TreeEntry> {
  const guard = new TreeGuard({ roots: ['workspace'], links: 'within' });
  for (const { from, artifact } of given) {
    signal.throwIfAborted();
    const { name, bytes, executable, link } = artifact;
    const path = `workspace/${name}`;
    const entry: TreeEntry =
      link === undefined
        ? { path, kind: 'file', size: bytes, mode: executable ? 0o755 : 0o644 }
        : { path, kind: 'link', size: 0, mode: 0o777, target: link };
    const why = guard.refusal(entry);
    if (why !== undefined) throw new ArtifactUnavailable(name, from, why);
    yield link === undefined ? { ...entry, content: checked(artifact, from, blobs, signal) } : entry;
  }
}

async function* checked(
  { name, key, bytes, sha256 }: StoredArtifact,
  from: string,
  blobs: BlobStore,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  try {
    const { size, content } = await blobs.get(key);
    if (size !== bytes) throw new ArtifactUnavailable(name, from, `it has ${size} bytes instead of ${bytes}`);
    for await (const part of content) {
      signal.throwIfAborted();
      hash.update(part as Buffer);
      yield part as Buffer;
    }
  } catch (error) {
    if (!(error instanceof BlobGone)) throw error;
    throw new ArtifactUnavailable(name, from, 'it is no longer stored; run the build again', {
      cause: messageOf(error),
    });
  }
  if (hash.digest('hex') !== sha256) throw new ArtifactUnavailable(name, from, 'what is stored is not what was kept');
}
