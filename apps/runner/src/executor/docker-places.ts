import type Docker from 'dockerode';
import { randomBytes } from 'node:crypto';
import { CairnError, EngineUnavailable, ImageUnavailable } from '#errors';
import {
  changeableLimits,
  containerOptions,
  resourceName,
  RUNNER_LABEL,
  SLOT_LABEL,
  type ContainerLimits,
} from './docker-container.js';
import { statusOf, wordsOf, type DockerEngine } from './docker-engine.js';
import type { DockerSandbox } from './docker-sandbox.js';
import { handOver, startSandbox } from './docker-start.js';
import { isMain } from './job-containers.js';

/** What a place is made of, whichever job it is for. */
export type PlaceWish = Readonly<{ slot: string; image: string; limits: ContainerLimits }>;

type Created = Readonly<{ container: Docker.Container; user: string }>;

/** Makes and removes what one job needs of the engine: a container and a volume, both named after runner and slot. */
export class DockerPlaces {
  /** Slots of which something may be there that could not be removed. */
  readonly #left = new Set<string>();
  #sweeping: Promise<void> | undefined;

  constructor(
    private readonly engine: DockerEngine,
    /** This runner among others of the same engine. */
    private readonly runner: string,
  ) {}

  /**
   * Settles when the place's shell waits for steps; nothing of it is known of any job then. `fetch` gets an image that is
   * not there. After a throw something may be left. @throws ImageUnavailable, or what the engine says
   */
  async make(wish: PlaceWish, fetch: () => Promise<void>): Promise<DockerSandbox> {
    const { slot, image } = wish;
    const network = await this.engine.ensureNetwork();
    const nonce = randomBytes(16).toString('hex');
    const { container, user } = await this.createContainer(wish, { nonce, network }, fetch);
    const owner = await handOver(container, image, user);
    return startSandbox({ ...this.parts(slot, container, nonce), owner: () => Promise.resolve(owner) }, image);
  }

  /** The parts of a sandbox that are known of a container which is there. */
  parts(slot: string, container: Docker.Container, nonce: string) {
    return { slot, engine: this.engine, container, nonce, remove: () => this.remove(slot) };
  }

  /** Gives a place other limits than it was made with. */
  async limit(slot: string, limits: ContainerLimits): Promise<void> {
    const docker = await this.engine.client();
    await docker.getContainer(resourceName(this.runner, slot)).update(changeableLimits(limits));
  }

  /** What the engine has under this name; undefined: nothing. */
  async imageId(image: string): Promise<string | undefined> {
    const docker = await this.engine.client();
    try {
      return (await docker.getImage(image).inspect()).Id;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** What the image of a place was when it was made. */
  async imageIdOf(slot: string): Promise<string> {
    const docker = await this.engine.client();
    return (await docker.getContainer(resourceName(this.runner, slot)).inspect()).Image;
  }

  /** Idempotent. What cannot be removed now is `sweep`'s. @throws EngineUnavailable */
  async remove(slot: string): Promise<void> {
    try {
      await this.removeAll(slot);
      this.#left.delete(slot);
    } catch (error) {
      this.#left.add(slot);
      throw error instanceof CairnError ? error : new EngineUnavailable(wordsOf(error), { cause: error });
    }
  }

  /** Removes what could not be removed before. @throws EngineUnavailable */
  sweep(): Promise<void> {
    this.#sweeping ??= this.sweepAll().finally(() => (this.#sweeping = undefined));
    return this.#sweeping;
  }

  private async sweepAll(): Promise<void> {
    const removals = await Promise.allSettled([...this.#left].map((slot) => this.remove(slot)));
    const failed = removals.find((removal) => removal.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Each container is asked for once: the engine refuses a second removal while the first is under way, and to ask again is to wait. */
  private async removeAll(slot: string): Promise<void> {
    const name = resourceName(this.runner, slot);
    await Promise.all([this.engine.removeContainer(name), this.removeMates(slot)]);
    await Promise.all([this.engine.removeVolume(name), this.engine.removeNetwork(name)]);
  }

  private async removeMates(slot: string): Promise<void> {
    const docker = await this.engine.client();
    const filters = { label: [`${RUNNER_LABEL}=${this.runner}`, `${SLOT_LABEL}=${slot}`] };
    const listed = await docker.listContainers({ all: true, filters });
    const mates = listed.filter((container) => !isMain(container));
    await Promise.all(mates.map(({ Id }) => this.engine.removeContainer(Id)));
  }

  /** The image's user is asked for beside the creation, which costs no time. */
  private async createContainer(
    { slot, image, limits }: PlaceWish,
    { nonce, network }: Readonly<{ nonce: string; network: string }>,
    fetch: () => Promise<void>,
  ): Promise<Created> {
    const docker = await this.engine.client();
    const options = containerOptions({ slot, image, runner: this.runner, nonce, limits, place: { network } });
    const attempt = async (): Promise<Created> => {
      const inspected = docker.getImage(image).inspect();
      inspected.catch(() => undefined);
      const container = await docker.createContainer(options);
      return { container, user: (await inspected).Config.User };
    };
    try {
      return await attempt();
    } catch (error) {
      if (statusOf(error) === 400) throw new ImageUnavailable(image, wordsOf(error), { cause: error });
      if (statusOf(error) === 409) await this.remove(slot);
      else if (statusOf(error) === 404) await fetch();
      else throw error;
    }
    return attempt();
  }
}
