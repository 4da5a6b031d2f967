import type Docker from 'dockerode';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { statusOf } from './docker-engine.js';

/** When an image was last used, in milliseconds since 1970, by its name. */
type Uses = Map<string, number>;
export type KeptImage = Readonly<{ image: string; size: number; usedAt: number }>;

/** A use is written down no more often than this, in milliseconds. */
const SAVE_MS = 60_000;

/** Which images may go so that the others are within the limit: those not used for longest first. Only as many as must. */
export const imagesToDrop = (images: readonly KeptImage[], limit: number): readonly string[] => {
  let bytes = images.reduce((sum, { size }) => sum + size, 0);
  const dropped: string[] = [];
  for (const { image, size } of [...images].sort((a, b) => a.usedAt - b.usedAt)) {
    if (bytes <= limit) break;
    bytes -= size;
    dropped.push(image);
  }
  return dropped;
};

/**
 * The images that this runner has pulled, in a file: together they may have so many bytes (layers that two share count for
 * both). Others of the engine, and those that a container uses, are left alone.
 */
export class PulledImages {
  #uses: Promise<Uses> | undefined;
  #savedAt = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: () => Promise<Docker>,
    private readonly file: string,
    private readonly limit: number,
  ) {}

  /** A job is about to use an image. Nobody waits for it: what goes wrong costs no more than a place in the order. */
  used(image: string): void {
    this.enqueue(async (uses) => {
      if (!uses.has(image)) return;
      uses.set(image, Date.now());
      if (Date.now() - this.#savedAt > SAVE_MS) await this.save(uses);
    });
  }

  /** An image was pulled: others may have to go. */
  pulled(image: string): void {
    this.enqueue(async (uses) => {
      uses.set(image, Date.now());
      await this.save(uses);
      await this.makeRoom(uses, image);
    });
  }

  /** Settles when what was said is done and written down. */
  async close(): Promise<void> {
    if (this.#uses) this.enqueue((uses) => this.save(uses));
    await this.#work;
  }

  private enqueue(work: (uses: Uses) => Promise<void>): void {
    this.#uses ??= this.load();
    const uses = this.#uses;
    this.#work = this.#work.then(async () => work(await uses)).catch(() => undefined);
  }

  private async makeRoom(uses: Uses, pulled: string): Promise<void> {
    const docker = await this.client();
    const sizes = await Promise.all(
      [...uses].map(async ([image, usedAt]): Promise<KeptImage> => {
        const size = await docker
          .getImage(image)
          .inspect()
          .then(({ Size }) => Size, sizeOfNone);
        return { image, size, usedAt: image === pulled ? Infinity : usedAt };
      }),
    );
    for (const image of imagesToDrop(sizes, this.limit)) {
      if (image === pulled) continue; // it stays, even if it is too large for itself
      const isGone = await docker
        .getImage(image)
        .remove()
        .then(() => true, isUnknown);
      if (isGone) uses.delete(image);
    }
    await this.save(uses);
  }

  /** Without the file, or with one that cannot be read, nothing was pulled. */
  private async load(): Promise<Uses> {
    const kept: unknown = await readFile(this.file, 'utf8')
      .then((text): unknown => JSON.parse(text))
      .catch(() => ({}));
    const entries = typeof kept === 'object' && kept !== null ? Object.entries(kept) : [];
    return new Map(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
  }

  private async save(uses: Uses): Promise<void> {
    this.#savedAt = Date.now();
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    await writeFile(`${this.file}.new`, JSON.stringify(Object.fromEntries(uses)), { mode: 0o600 });
    await rename(`${this.file}.new`, this.file);
  }
}

/** Somebody else has removed it. */
const sizeOfNone = (): number => 0;

/** One that a container uses is kept, and looked at the next time. */
const isUnknown = (error: unknown): boolean => statusOf(error) === 404;
