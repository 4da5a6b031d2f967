import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** So many uses are remembered. */
const KEPT = 32;
/** What a use counts against the one after it. */
const FADING = 0.9;
/** An image that no job has wanted for so long is not waited for. */
const RECENT_MS = 24 * 3_600_000;

/** A job has used an image. `at`: milliseconds since 1970. */
export type ImageUse = Readonly<{ image: string; at: number }>;

/**
 * How many of `count` places each image gets: by how often and how lately it was used. `uses`: the latest first. Each place
 * goes to the image that has the most weight for the places it would have then.
 */
export const sharesOf = (uses: readonly ImageUse[], count: number, now: number): ReadonlyMap<string, number> => {
  const weights = new Map<string, number>();
  for (const [age, { image, at }] of uses.entries())
    if (now - at < RECENT_MS) weights.set(image, (weights.get(image) ?? 0) + FADING ** age);
  const shares = new Map<string, number>();
  for (let place = 0; place < count && weights.size > 0; place += 1) {
    const worth = ([image, weight]: [string, number]): number => weight / ((shares.get(image) ?? 0) + 1);
    const [image] = [...weights].reduce((best, next) => (worth(next) > worth(best) ? next : best));
    shares.set(image, (shares.get(image) ?? 0) + 1);
  }
  return shares;
};

const isUse = (value: unknown): value is ImageUse =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as ImageUse).image === 'string' &&
  typeof (value as ImageUse).at === 'number';

/** The images that the jobs of a runner have used, in a file, so that a runner which was restarted knows them. */
export class RecentImages {
  #uses: readonly ImageUse[] = [];
  #isSaved = true;

  constructor(private readonly file: string) {}

  /** Without the file, or with one that cannot be read, nothing was used. */
  async load(): Promise<void> {
    const kept: unknown = await readFile(this.file, 'utf8')
      .then((text): unknown => JSON.parse(text))
      .catch(() => []);
    this.#uses = [...this.#uses, ...(Array.isArray(kept) ? kept.filter(isUse) : [])].slice(0, KEPT);
  }

  note(image: string): void {
    this.#uses = [{ image, at: Date.now() }, ...this.#uses].slice(0, KEPT);
    this.#isSaved = false;
  }

  async save(): Promise<void> {
    if (this.#isSaved) return;
    this.#isSaved = true;
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    await writeFile(`${this.file}.new`, JSON.stringify(this.#uses), { mode: 0o600 });
    await rename(`${this.file}.new`, this.file);
  }

  shares(count: number): ReadonlyMap<string, number> {
    return sharesOf(this.#uses, count, Date.now());
  }
}
