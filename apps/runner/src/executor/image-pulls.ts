import type Docker from 'dockerode';
import { ImageUnavailable } from '#errors';
import { unlessAborted } from '../unless-aborted.js';
import { statusOf } from './docker-engine.js';
import { pullImage } from './docker-image.js';
import type { RegistryCredentials } from './registry-auth.js';

/** `missing`: only what the engine does not have. */
export type PullPolicy = 'always' | 'missing' | 'never';

type Progress = (line: string) => void;
type Pull = {
  readonly lines: string[];
  readonly listeners: Set<Progress>;
  readonly abort: AbortController;
  done: Promise<void>;
};

/** `done` is told of each image that was pulled. */
export type PullTools = Readonly<{
  client: () => Promise<Docker>;
  policy: PullPolicy;
  credentials: RegistryCredentials;
  done: (image: string) => void;
}>;

/** The images of all jobs of a runner: several that want the same one at the same time wait for one pull of it, which ends when nobody does any more. */
export class ImagePulls {
  readonly #running = new Map<string, Pull>();

  constructor(private readonly tools: PullTools) {}

  /** Sees to it that the engine has the image, by the policy. @throws ImageUnavailable · the reason of `signal` */
  async provide(image: string, progress: Progress, signal?: AbortSignal): Promise<void> {
    if (this.tools.policy === 'always') return this.pull(image, progress, signal);
    const found = await (
      await this.tools.client()
    )
      .getImage(image)
      .inspect()
      .catch((error: unknown) => {
        if (statusOf(error) === 404) return undefined;
        throw error;
      });
    if (!found) await this.fetchMissing(image, progress, signal);
  }

  /** The engine has said that it does not have the image. @throws ImageUnavailable · the reason of `signal` */
  fetchMissing(image: string, progress: Progress, signal?: AbortSignal): Promise<void> {
    if (this.tools.policy === 'never')
      return Promise.reject(new ImageUnavailable(image, 'the engine does not have it, and CAIRN_PULL is `never`'));
    return this.pull(image, progress, signal);
  }

  get isAlways(): boolean {
    return this.tools.policy === 'always';
  }

  private async pull(image: string, progress: Progress, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    let pull = this.#running.get(image);
    if (pull) pull.lines.forEach(progress);
    else pull = this.begin(image);
    const { done, listeners } = pull;
    const listener: Progress = (line) => progress(line); // one for each call
    listeners.add(listener);
    try {
      await (signal ? unlessAborted(done, signal) : done);
    } finally {
      listeners.delete(listener);
      if (listeners.size === 0 && signal?.aborted) this.leave(image, pull);
    }
  }

  /** Nobody waits for it any more. Whoever wants the image from now on begins anew. */
  private leave(image: string, pull: Pull): void {
    this.forget(image, pull);
    pull.abort.abort();
  }

  private forget(image: string, pull: Pull): void {
    if (this.#running.get(image) === pull) this.#running.delete(image);
  }

  private begin(image: string): Pull {
    const pull: Pull = { lines: [], listeners: new Set(), abort: new AbortController(), done: Promise.resolve() };
    const tell: Progress = (line) => {
      pull.lines.push(line);
      for (const listener of pull.listeners) listener(line);
    };
    this.#running.set(image, pull);
    const work = async (): Promise<void> => {
      const { client, credentials, done } = this.tools;
      const [docker, login] = await Promise.all([client(), credentials.of(image)]);
      await pullImage(docker, image, tell, pull.abort.signal, login);
      done(image);
    };
    pull.done = work().finally(() => this.forget(image, pull));
    pull.done.catch(() => undefined); // everybody may have left
    return pull;
  }
}
