import { createHash } from 'node:crypto';
import { BlobTooLarge, SandboxLost, TooManyArtifacts } from '#errors';
import type { StoredArtifact } from '#domain';
import type { BlobStore } from '#blob-store';
import type { Sandbox } from '../executor/index.js';
import { untilDone } from '../retry.js';
import { collect, type Collected } from './collect.js';
import { sizeText } from './size.js';

export type ArtifactLimits = Readonly<{ fileBytes: number; jobBytes: number; files: number }>;

export type ArtifactOf = Readonly<{ buildId: string; jobId: string; attempt: number }>;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The same for whoever takes the attempt over. */
export const artifactKey = ({ buildId, jobId, attempt }: ArtifactOf, name: string): string =>
  `${buildId}/${jobId}/${attempt}/${sha256(name)}`;

/** Keeps what a job leaves behind. */
export class ArtifactKeeper {
  readonly #names = new Set<string>();
  readonly #refused = new Set<string>();
  #bytes = 0;

  /** `store`: says that one is kept. `say`: a line of the log; the same lines whoever says them. */
  constructor(
    private readonly of: ArtifactOf,
    private readonly tools: Readonly<{
      blobs: BlobStore;
      limits: ArtifactLimits;
      stored: (artifact: StoredArtifact) => Promise<void>;
      say: (line: string) => void;
      mask: (text: string) => string;
    }>,
  ) {}

  /**
   * Collects the files, as long as it takes until the store answers. `known`: those that were kept before the runner was
   * restarted. @throws TooManyArtifacts · BlobStoreFull · what the sandbox throws · the signal's reason
   */
  async keep(
    sandbox: Sandbox,
    patterns: readonly string[],
    known: ReadonlyMap<string, StoredArtifact>,
    signal: AbortSignal,
  ): Promise<void> {
    const unmatched = await untilDone(() => this.pass(sandbox, patterns, known, signal), signal);
    for (const pattern of unmatched) this.tools.say(`nothing matches ${pattern}`);
    this.tools.say(`${this.#names.size} ${this.#names.size === 1 ? 'file' : 'files'} kept, ${sizeText(this.#bytes)}`);
  }

  private async pass(
    sandbox: Sandbox,
    patterns: readonly string[],
    known: ReadonlyMap<string, StoredArtifact>,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const { files, unmatched } = collect(sandbox, patterns, (name, why) => this.refuse(name, why));
    for await (const found of files) {
      signal.throwIfAborted();
      if (this.#names.has(found.name)) continue;
      if (this.holdsSecret(found)) {
        this.refuse(found.name, 'its name has a secret in it');
        continue;
      }
      this.assertRoom(found);
      await this.store(found, known.get(found.name), signal);
    }
    return unmatched();
  }

  /** Names become part of events. */
  private holdsSecret({ name, entry }: Collected): boolean {
    return [name, entry.target ?? ''].some((text) => this.tools.mask(text) !== text);
  }

  private refuse(name: string, why: string): void {
    if (this.#refused.has(name)) return;
    this.#refused.add(name);
    this.tools.say(`not kept: ${name}: ${why}`);
  }

  private assertRoom({ name, entry }: Collected): void {
    const { fileBytes, jobBytes, files } = this.tools.limits;
    if (this.#names.size >= files)
      throw new TooManyArtifacts(`there are more than ${files} files; the next is ${name}`);
    if (entry.size > fileBytes)
      throw new TooManyArtifacts(`${name} has ${sizeText(entry.size)}, a file may have ${sizeText(fileBytes)}`);
    if (this.#bytes + entry.size > jobBytes)
      throw new TooManyArtifacts(`with ${name} it would be more than ${sizeText(jobBytes)} in all`);
  }

  private async store(
    { name, entry }: Collected,
    known: StoredArtifact | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { target, size, mode } = entry;
    if (!known) {
      const link = entry.kind === 'link' ? { link: target ?? '' } : {};
      const executable = entry.kind === 'file' && (mode & 0o100) !== 0 ? { executable: true as const } : {};
      const blob = 'link' in link ? { key: '', bytes: 0, sha256: sha256('') } : await this.blobOf(name, entry, signal);
      await this.tools.stored({ name, ...blob, ...executable, ...link });
    }
    this.#names.add(name);
    this.#bytes += size;
    this.tools.say(`kept ${name}${entry.kind === 'link' ? ` -> ${target}` : `, ${sizeText(size)}`}`);
  }

  private async blobOf(
    name: string,
    { size, content = none() }: Collected['entry'],
    signal: AbortSignal,
  ): Promise<Pick<StoredArtifact, 'key' | 'bytes' | 'sha256'>> {
    const key = artifactKey(this.of, name);
    const written = await this.tools.blobs
      .put(key, aborted(content, signal), { maxBytes: size })
      .catch((error: unknown) => {
        throw error instanceof BlobTooLarge ? new SandboxLost(`${name} grew while it was read`) : error;
      });
    if (written?.size !== size) throw new SandboxLost(`${name} was cut while it was read`);
    return { key, bytes: written.size, sha256: written.sha256 };
  }
}

async function* none(): AsyncGenerator<Uint8Array> {}

async function* aborted(content: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const bytes of content) {
    signal.throwIfAborted();
    yield bytes;
  }
}
