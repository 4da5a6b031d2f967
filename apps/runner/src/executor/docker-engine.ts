import type Docker from 'dockerode';
import type { Duplex, Readable } from 'node:stream';
import { CairnError, EngineUnavailable, messageOf } from '#errors';
import { pingDocker, type DockerAddress } from './docker-address.js';
import { sharedNetwork } from './shared-network.js';

const REMOVAL_TRIES = 50;
const REMOVAL_PAUSE_MS = 100;

/** The status of the engine's answer; undefined when it did not answer. */
export const statusOf = (error: unknown): number | undefined => (error as { statusCode?: number }).statusCode;

/** The engine's own words. */
export const wordsOf = (error: unknown): string => {
  const words = (error as { json?: { message?: unknown } }).json?.message;
  return typeof words === 'string' ? words : messageOf(error);
};

export const asEngineError = (error: unknown): CairnError =>
  error instanceof CairnError ? error : new EngineUnavailable(wordsOf(error), { cause: error });

/** What the engine does for us beyond single calls. The client is loaded when the first job comes. */
export class DockerEngine {
  private loaded: Promise<Docker> | undefined;
  private network: Promise<string> | undefined;

  constructor(private readonly address: DockerAddress) {}

  client(): Promise<Docker> {
    this.loaded ??= import('dockerode').then(({ default: Client }) => {
      const { text: _, ...target } = this.address;
      return new Client(target);
    });
    return this.loaded;
  }

  /** Whether it takes new calls: one that is being stopped goes on with calls on connections that are open. */
  async takesCalls(): Promise<boolean> {
    return (await pingDocker(this.address)) === undefined;
  }

  /** The id of the network that jobs share. Asked once; forgotten after a failure, and by `forgetNetwork` when a container could not be started. */
  ensureNetwork(): Promise<string> {
    this.network ??= this.client()
      .then((docker) => sharedNetwork(docker))
      .catch((error: unknown) => {
        this.network = undefined;
        throw error;
      });
    return this.network;
  }

  forgetNetwork(): void {
    this.network = undefined;
  }

  async attach(container: Docker.Container): Promise<Duplex> {
    const options = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
    return (await container.attach(options)) as Duplex;
  }

  /** The container's whole output, and what follows, until it ends. */
  async history(container: Docker.Container): Promise<Readable> {
    return (await container.logs({ follow: true, stdout: true, stderr: true })) as Readable;
  }

  /** Runs a program of a shell beside the container's own, without waiting for its end. */
  async execute(container: Docker.Container, script: string): Promise<void> {
    const exec = await container.exec({ Cmd: ['/bin/sh', '-c', script], WorkingDir: '/' });
    // The engine leaves the connection open although nothing will come.
    (await exec.start({ Detach: true })).destroy();
  }

  async removeContainer(id: string): Promise<void> {
    const container = (await this.client()).getContainer(id);
    await untilGone(() => container.remove({ force: true, v: true }));
  }

  async removeVolume(name: string): Promise<void> {
    const volume = (await this.client()).getVolume(name);
    await untilGone(() => volume.remove());
  }

  async removeNetwork(name: string): Promise<void> {
    const network = (await this.client()).getNetwork(name);
    await untilGone(() => network.remove());
  }
}

/** 404: it is gone. 409, of a network 403: somebody else is removing it, or it is still held by what is being removed. */
const untilGone = async (remove: () => Promise<unknown>): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await remove();
    } catch (error) {
      if (statusOf(error) === 404) return;
      if (![403, 409].includes(statusOf(error) ?? 0) || tries === REMOVAL_TRIES) throw asEngineError(error);
      await new Promise((resolve) => setTimeout(resolve, REMOVAL_PAUSE_MS));
      continue;
    }
    return;
  }
};
