import type Docker from 'dockerode';
import { randomBytes } from 'node:crypto';
import { CairnError, EngineUnavailable, ImageUnavailable, messageOf, SandboxLost } from '#errors';
import { pingDocker, type DockerAddress } from './docker-address.js';
import {
  containerOptions,
  DEFAULT_LIMITS,
  NONCE_LABEL,
  resourceName,
  RUNNER_LABEL,
  SLOT_LABEL,
  type ContainerLimits,
} from './docker-container.js';
import { asEngineError, DockerEngine, statusOf, wordsOf } from './docker-engine.js';
import { assertImageName, ownerIn } from './docker-image.js';
import { DockerSandbox } from './docker-sandbox.js';
import type { Executor, Sandbox, SandboxSpec } from './executor.js';
import { ROOT, type Owner } from './image-owner.js';
import { ImagePulls, type PullPolicy } from './image-pulls.js';
import { RegistryCredentials } from './registry-auth.js';
import { limitsFor, type ResourceAmounts } from './resource-limits.js';
import { CONTAINER_HOME, CONTAINER_WORKSPACE } from './waiting-shell.js';

export type DockerExecutorSettings = Readonly<{
  address: DockerAddress;
  /** This runner among others of the same engine; `[a-z0-9-]{1,32}`, the same after a restart. */
  runner: string;
  /** For jobs that name none. */
  defaultImage?: string;
  limits?: Partial<ContainerLimits>;
  /** What no job gets more of, whatever its spec says. */
  ceilings?: ResourceAmounts;
  /** `missing`, unless told otherwise. */
  pull?: PullPolicy;
  /** Logins for registries, in the format of Docker's `config.json`. */
  registryAuthFile?: string;
}>;

type Created = Readonly<{ container: Docker.Container; user: string }>;

/** One container and one volume for each job, both named after runner and slot. */
export class DockerExecutor implements Executor {
  readonly name = 'docker';
  private readonly engine: DockerEngine;
  private readonly limits: ContainerLimits;
  private readonly pulls: ImagePulls;

  constructor(private readonly settings: DockerExecutorSettings) {
    this.engine = new DockerEngine(settings.address);
    this.limits = { ...DEFAULT_LIMITS, ...settings.limits };
    const credentials = new RegistryCredentials(settings.registryAuthFile);
    this.pulls = new ImagePulls(() => this.engine.client(), settings.pull ?? 'missing', credentials);
  }

  unavailable(): Promise<string | undefined> {
    return pingDocker(this.settings.address);
  }

  async create(spec: SandboxSpec, progress: (line: string) => void): Promise<Sandbox> {
    const image = spec.image ?? this.settings.defaultImage;
    if (!image) throw new ImageUnavailable('(none)', 'the job names no image');
    assertImageName(image);
    try {
      await this.engine.ensureNetwork();
      return await this.start(spec, image, progress);
    } catch (error) {
      this.engine.forgetNetwork();
      await this.removeSlot(spec.slot).catch(() => undefined);
      throw asEngineError(error);
    }
  }

  async adopt({ slot }: SandboxSpec): Promise<Sandbox | undefined> {
    try {
      const docker = await this.engine.client();
      const filters = { label: [`${RUNNER_LABEL}=${this.settings.runner}`, `${SLOT_LABEL}=${slot}`] };
      const [found] = await docker.listContainers({ all: true, filters });
      if (!found) return undefined;
      const nonce = found.Labels[NONCE_LABEL];
      if (found.State !== 'running' || !nonce) return await this.giveUp(slot);
      const container = docker.getContainer(found.Id);
      const sandbox = await DockerSandbox.rejoin({
        ...this.parts(slot, container, nonce),
        owner: async () => {
          const { User } = (await container.inspect()).Config;
          return ownerIn(container, found.Image, User);
        },
      });
      return await sandbox.ready.then(
        () => sandbox,
        () => this.giveUp(slot),
      );
    } catch (error) {
      throw asEngineError(error);
    }
  }

  async reap(keep: ReadonlySet<string>): Promise<void> {
    try {
      const docker = await this.engine.client();
      const filters = { label: [`${RUNNER_LABEL}=${this.settings.runner}`] };
      const [containers, { Volumes }] = await Promise.all([
        docker.listContainers({ all: true, filters }),
        docker.listVolumes({ filters }),
      ]);
      const labels = [...containers.map(({ Labels }) => Labels), ...(Volumes ?? []).map(({ Labels }) => Labels)];
      const slots = new Set(labels.map((label) => label[SLOT_LABEL] ?? ''));
      for (const slot of slots) if (slot !== '' && !keep.has(slot)) await this.removeSlot(slot);
    } catch (error) {
      throw asEngineError(error);
    }
  }

  private async start(spec: SandboxSpec, image: string, progress: (line: string) => void): Promise<Sandbox> {
    const nonce = randomBytes(16).toString('hex');
    const { container, user } = await this.createContainer(spec, image, nonce, progress);
    const owner = await ownerIn(container, image, user);
    if (owner !== ROOT) await this.handOver(container, owner);
    const sandbox = await DockerSandbox.attach({
      ...this.parts(spec.slot, container, nonce),
      owner: () => Promise.resolve(owner),
    });
    await sandbox.start().catch((error: unknown) => {
      if (statusOf(error) === 400) throw new ImageUnavailable(image, wordsOf(error), { cause: error });
      if (!(error instanceof SandboxLost)) throw error;
      throw new ImageUnavailable(image, `it cannot run a job, /bin/sh is needed: ${messageOf(error)}`, {
        cause: error,
      });
    });
    return sandbox;
  }

  /** The image's user is asked for beside the creation, which costs no time. */
  private async createContainer(
    spec: SandboxSpec,
    image: string,
    nonce: string,
    progress: (line: string) => void,
  ): Promise<Created> {
    const docker = await this.engine.client();
    const { limits, cuts } = limitsFor(this.limits, this.settings.ceilings ?? {}, spec.resources);
    cuts.forEach(progress);
    const options = containerOptions(spec, image, this.settings.runner, nonce, limits);
    const attempt = async (): Promise<Created> => {
      const inspected = docker.getImage(image).inspect();
      inspected.catch(() => undefined);
      const container = await docker.createContainer(options);
      return { container, user: (await inspected).Config.User };
    };
    if (this.pulls.isAlways) await this.pulls.provide(image, progress);
    try {
      return await attempt();
    } catch (error) {
      if (statusOf(error) === 400) throw new ImageUnavailable(image, wordsOf(error), { cause: error });
      if (statusOf(error) === 409) await this.removeSlot(spec.slot);
      else if (statusOf(error) === 404) await this.pulls.fetchMissing(image, progress);
      else throw error;
    }
    return attempt();
  }

  /** Makes workspace and HOME belong to the image's user, and lets it write the step's file beside them. */
  private async handOver(container: Docker.Container, owner: Owner): Promise<void> {
    const directories = ['/cairn', CONTAINER_HOME, CONTAINER_WORKSPACE].map((path) => `${path.slice(1)}/`);
    const { directoriesTar } = await import('./owned-tar.js');
    const tar = directoriesTar(directories, owner) as unknown as NodeJS.ReadableStream;
    await container.putArchive(tar, { path: '/' });
  }

  private parts(slot: string, container: Docker.Container, nonce: string) {
    return { slot, engine: this.engine, container, nonce, remove: () => this.removeSlot(slot) };
  }

  private async giveUp(slot: string): Promise<undefined> {
    await this.removeSlot(slot);
    return undefined;
  }

  private async removeSlot(slot: string): Promise<void> {
    const name = resourceName(this.settings.runner, slot);
    try {
      await this.engine.removeContainer(name);
      await this.engine.removeVolume(name);
    } catch (error) {
      throw error instanceof CairnError ? error : new EngineUnavailable(wordsOf(error), { cause: error });
    }
  }
}
