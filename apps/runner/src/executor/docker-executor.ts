import { ImageUnavailable } from '#errors';
import { pingDocker, type DockerAddress } from './docker-address.js';
import { DEFAULT_LIMITS, NONCE_LABEL, RUNNER_LABEL, SLOT_LABEL, type ContainerLimits } from './docker-container.js';
import { asEngineError, DockerEngine } from './docker-engine.js';
import { assertImageName, ownerIn } from './docker-image.js';
import { DockerPlaces } from './docker-places.js';
import { DockerSandbox } from './docker-sandbox.js';
import type { Executor, Sandbox, SandboxSpec, SandboxWish } from './executor.js';
import { ImagePulls, type PullPolicy } from './image-pulls.js';
import { newSlot } from './new-slot.js';
import { RegistryCredentials } from './registry-auth.js';
import { limitsFor, type ResourceAmounts } from './resource-limits.js';

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

/** One container and one volume for each job, both named after runner and slot. */
export class DockerExecutor implements Executor {
  readonly name = 'docker';
  private readonly engine: DockerEngine;
  private readonly places: DockerPlaces;
  private readonly limits: ContainerLimits;
  private readonly pulls: ImagePulls;

  constructor(private readonly settings: DockerExecutorSettings) {
    this.engine = new DockerEngine(settings.address);
    this.places = new DockerPlaces(this.engine, settings.runner);
    this.limits = { ...DEFAULT_LIMITS, ...settings.limits };
    const credentials = new RegistryCredentials(settings.registryAuthFile);
    this.pulls = new ImagePulls(() => this.engine.client(), settings.pull ?? 'missing', credentials);
  }

  unavailable(): Promise<string | undefined> {
    return pingDocker(this.settings.address);
  }

  slotFor(_: SandboxWish): string {
    return newSlot();
  }

  async create(spec: SandboxSpec, progress: (line: string) => void): Promise<Sandbox> {
    const image = spec.image ?? this.settings.defaultImage;
    if (!image) throw new ImageUnavailable('(none)', 'the job names no image');
    assertImageName(image);
    const { limits, cuts } = limitsFor(this.limits, this.settings.ceilings ?? {}, spec.resources);
    try {
      cuts.forEach(progress);
      if (this.pulls.isAlways) await this.pulls.provide(image, progress);
      const fetch = (): Promise<void> => this.pulls.fetchMissing(image, progress);
      const sandbox = await this.places.make({ slot: spec.slot, image, limits }, fetch);
      return sandbox.furnish(spec.environment);
    } catch (error) {
      this.engine.forgetNetwork();
      await this.discard(spec.slot).catch(() => undefined);
      throw asEngineError(error);
    }
  }

  discard(slot: string): Promise<void> {
    return this.places.remove(slot);
  }

  async adopt({ slot, environment }: SandboxSpec): Promise<Sandbox | undefined> {
    try {
      const docker = await this.engine.client();
      const filters = { label: [`${RUNNER_LABEL}=${this.settings.runner}`, `${SLOT_LABEL}=${slot}`] };
      const [found] = await docker.listContainers({ all: true, filters });
      if (!found) return undefined;
      const nonce = found.Labels[NONCE_LABEL];
      if (found.State !== 'running' || !nonce) return await this.giveUp(slot);
      const container = docker.getContainer(found.Id);
      const sandbox = await DockerSandbox.rejoin({
        ...this.places.parts(slot, container, nonce),
        owner: async () => {
          const { User } = (await container.inspect()).Config;
          return ownerIn(container, found.Image, User);
        },
      });
      return await sandbox.ready.then(
        () => sandbox.furnish(environment),
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
      for (const slot of slots) if (slot !== '' && !keep.has(slot)) await this.places.remove(slot);
    } catch (error) {
      throw asEngineError(error);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async giveUp(slot: string): Promise<undefined> {
    await this.places.remove(slot);
    return undefined;
  }
}
