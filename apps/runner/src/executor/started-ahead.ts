import { messageOf } from '#errors';
import type { DockerSandbox } from './docker-sandbox.js';
import { newSlot } from './new-slot.js';
import type { RecentImages } from './recent-images.js';

/** Nothing is begun while jobs are: it waits for so long without one, and no longer than for `AT_LAST_MS`. */
const QUIET_MS = 500;
const AT_LAST_MS = 5_000;
/** How often it is looked whether what waits is still good. */
const LOOK_MS = 30_000;

/** A place that waits for its one job. `imageId`: what the name stood for when it was made. */
export type WaitingPlace = Readonly<{ slot: string; image: string; imageId: string; sandbox: DockerSandbox }>;

export type AheadTools = Readonly<{
  /** How many wait at most. */
  count: number;
  recent: RecentImages;
  make(slot: string, image: string): Promise<WaitingPlace>;
  /** Idempotent. */
  remove(slot: string): Promise<void>;
  /** What the engine has under this name now; undefined: nothing. */
  imageId(image: string): Promise<string | undefined>;
  /** Why nothing can be started ahead. Jobs go without. */
  warn(line: string): void;
}>;

/**
 * Places that are made before their jobs come, for the images that jobs have used of late. Each is given to one job, and
 * never comes back. They are made one at a time, when no job is about to begin.
 */
export class StartedAhead {
  readonly #waiting: WaitingPlace[] = [];
  /** Given to jobs that have not come for them yet. */
  readonly #claimed = new Map<string, WaitingPlace>();
  #making: string | undefined;
  #isOpen = false;
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #looks: NodeJS.Timeout | undefined;
  #dueBy: number | undefined;
  #lastWarning: string | undefined;

  constructor(private readonly tools: AheadTools) {}

  /** Begins to make places. */
  async open(): Promise<void> {
    if (this.tools.count === 0 || this.#isOpen) return;
    this.#isOpen = true;
    await this.tools.recent.load();
    this.#looks = setInterval(() => this.tend(), LOOK_MS).unref();
    this.tend();
  }

  /** Gives a place that waits for a job of this image to one. Whoever gets it calls `collect`, or removes the slot. */
  claim(image: string): string | undefined {
    const index = this.#waiting.findIndex((place) => place.image === image && place.sandbox.isOpen);
    const [place] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (place) this.#claimed.set(place.slot, place);
    return place?.slot;
  }

  /** The place with a claimed slot, once. */
  collect(slot: string): WaitingPlace | undefined {
    const place = this.#claimed.get(slot);
    this.#claimed.delete(slot);
    return place;
  }

  /** A job has begun with this image: others may follow. */
  used(image: string): void {
    if (!this.#isOpen) return;
    this.tools.recent.note(image);
    this.#dueBy ??= Date.now() + AT_LAST_MS;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.tend(), Math.min(QUIET_MS, Math.max(0, this.#dueBy - Date.now()))).unref();
  }

  /** Whether a slot is of a place that waits, or is being made, or is claimed. */
  has(slot: string): boolean {
    return this.#making === slot || this.#claimed.has(slot) || this.#waiting.some((place) => place.slot === slot);
  }

  /** Removes what waits; nothing is made any more. */
  async close(): Promise<void> {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    clearInterval(this.#looks);
    await this.#work;
    await Promise.all(this.#waiting.splice(0).map(({ sandbox }) => sandbox.remove()));
  }

  /** One after the other: whoever asks while it is done is served by what is done next. */
  private tend(): void {
    this.#dueBy = undefined;
    this.#work = this.#work.then(() => this.makeGood()).catch((error: unknown) => this.failed(messageOf(error)));
  }

  private async makeGood(): Promise<void> {
    if (!this.#isOpen) return;
    await this.tools.recent.save();
    const wanted = await this.wanted();
    for (const place of this.#waiting.filter((each) => !isGood(each, wanted))) await this.drop(place);
    for (const image of wanted.keys())
      while (this.#isOpen && this.missing(image, wanted) && this.#dueBy === undefined) await this.make(image);
    this.#lastWarning = undefined;
  }

  /** How many places there should be for which images, of those that the engine has. */
  private async wanted(): Promise<Map<string, Wanted>> {
    const wanted = new Map<string, Wanted>();
    for (const [image, count] of this.tools.recent.shares(this.tools.count)) {
      const imageId = await this.tools.imageId(image);
      if (imageId !== undefined) wanted.set(image, { imageId, count });
    }
    return wanted;
  }

  private missing(image: string, wanted: ReadonlyMap<string, Wanted>): boolean {
    const there = this.#waiting.filter((place) => place.image === image).length;
    return this.#waiting.length < this.tools.count && there < (wanted.get(image)?.count ?? 0);
  }

  private async make(image: string): Promise<void> {
    const slot = newSlot();
    this.#making = slot;
    try {
      this.#waiting.push(await this.tools.make(slot, image));
    } catch (error) {
      await this.tools.remove(slot).catch(() => undefined); // else the reaper's, at the next start
      throw error;
    } finally {
      this.#making = undefined;
    }
  }

  private async drop(place: WaitingPlace): Promise<void> {
    const index = this.#waiting.indexOf(place);
    if (index < 0) return; // a job has taken it meanwhile, and looks for itself
    this.#waiting.splice(index, 1);
    await place.sandbox.remove();
  }

  private failed(why: string): void {
    if (why !== this.#lastWarning) this.tools.warn(`no containers are started ahead: ${why}`);
    this.#lastWarning = why;
  }
}

type Wanted = Readonly<{ imageId: string; count: number }>;

const isGood = ({ image, imageId, sandbox }: WaitingPlace, wanted: ReadonlyMap<string, Wanted>): boolean =>
  sandbox.isOpen && wanted.get(image)?.imageId === imageId;
