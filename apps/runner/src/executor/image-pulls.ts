import type Docker from 'dockerode';
import { ImageUnavailable } from '#errors';
import { statusOf } from './docker-engine.js';
import { pullImage } from './docker-image.js';
import type { RegistryCredentials } from './registry-auth.js';

/** `missing`: only what the engine does not have. */
export type PullPolicy = 'always' | 'missing' | 'never';

type Progress = (line: string) => void;
type Pull = { readonly lines: string[]; readonly listeners: Set<Progress>; done: Promise<void> };

/** The images of all jobs of a runner: several that want the same one at the same time wait for one pull of it. */
export class ImagePulls {
  readonly #running = new Map<string, Pull>();

  constructor(
    private readonly client: () => Promise<Docker>,
    private readonly policy: PullPolicy,
    private readonly credentials: RegistryCredentials,
  ) {}

  /** Sees to it that the engine has the image, by the policy. @throws ImageUnavailable */
  async provide(image: string, progress: Progress): Promise<void> {
    if (this.policy === 'always') return this.pull(image, progress);
    const found = await (
      await this.client()
    )
      .getImage(image)
      .inspect()
      .catch((error: unknown) => {
        if (statusOf(error) === 404) return undefined;
        throw error;
      });
    if (!found) await this.fetchMissing(image, progress);
  }

  /** The engine has said that it does not have the image. @throws ImageUnavailable */
  fetchMissing(image: string, progress: Progress): Promise<void> {
    if (this.policy === 'never')
      return Promise.reject(new ImageUnavailable(image, 'the engine does not have it, and CAIRN_PULL is `never`'));
    return this.pull(image, progress);
  }

  get isAlways(): boolean {
    return this.policy === 'always';
  }

  private async pull(image: string, progress: Progress): Promise<void> {
    let pull = this.#running.get(image);
    if (pull) pull.lines.forEach(progress);
    else pull = this.begin(image);
    pull.listeners.add(progress);
    try {
      await pull.done;
    } finally {
      pull.listeners.delete(progress);
    }
  }

  private begin(image: string): Pull {
    const pull: Pull = { lines: [], listeners: new Set(), done: Promise.resolve() };
    const tell: Progress = (line) => {
      pull.lines.push(line);
      for (const listener of pull.listeners) listener(line);
    };
    this.#running.set(image, pull);
    const work = async (): Promise<void> => {
      const [docker, credentials] = await Promise.all([this.client(), this.credentials.of(image)]);
      await pullImage(docker, image, tell, credentials);
    };
    pull.done = work().finally(() => this.#running.delete(image));
    return pull;
  }
}
