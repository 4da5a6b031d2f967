import type Docker from 'dockerode';
import { ImageUnavailable } from '#errors';
import { pingDocker, type DockerAddress } from './docker-address.js';
import { DEFAULT_LIMITS, NONCE_LABEL, RUNNER_LABEL, SLOT_LABEL, type ContainerLimits } from './docker-container.js';
import { asEngineError, DockerEngine } from './docker-engine.js';
import { assertImageName, ownerIn } from './docker-image.js';
import { DockerPlaces, type PlaceWish } from './docker-places.js';
import { DockerSandbox } from './docker-sandbox.js';
import type { Executor, Sandbox, SandboxSpec, SandboxWish } from './executor.js';
import { ImagePulls, type PullPolicy } from './image-pulls.js';
import { hasMore, isMain, JobContainers } from './job-containers.js';
import { JobNetworks } from './job-network.js';
import { newSlot } from './new-slot.js';
import { PulledImages } from './pulled-images.js';
import { RecentImages } from './recent-images.js';
import { RegistryCredentials } from './registry-auth.js';
import { limitsFor, type ResourceAmounts } from './resource-limits.js';
import { StartedAhead } from './started-ahead.js';
import type { Subnet } from './subnets.js';

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
  /** Containers that wait for jobs, once `open` was called; without it: none. `file` remembers for which images. */
  ahead?: Readonly<{ count: number; file: string; warn: (line: string) => void }>;
  /** How many bytes of images that this runner has pulled are kept; `file` remembers which those are. Without it: all. */
  images?: Readonly<{ limit: number; file: string }>;
  /** Of which the networks of jobs with services are cut. */
  subnets?: readonly Subnet[];
  /** How long services may take until they are ready. */
  serviceLimitMs?: number;
}>;

/** 10.212.0.0/16 */
const DEFAULT_SUBNETS: readonly Subnet[] = [{ base: 10 * 2 ** 24 + 212 * 2 ** 16, prefix: 16 }];
const DEFAULT_SERVICE_LIMIT_MS = 120_000;

/** One container and one volume for each job, both named after runner and slot. */
export class DockerExecutor implements Executor {
  readonly name = 'docker';
  private readonly engine: DockerEngine;
  private readonly places: DockerPlaces;
  private readonly limits: ContainerLimits;
  private readonly pulls: ImagePulls;
  private readonly pulled: PulledImages | undefined;
  private readonly ahead: StartedAhead | undefined;
  private readonly more: JobContainers;

  constructor(private readonly settings: DockerExecutorSettings) {
    this.engine = new DockerEngine(settings.address);
    this.places = new DockerPlaces(this.engine, settings.runner);
    this.limits = { ...DEFAULT_LIMITS, ...settings.limits };
    const credentials = new RegistryCredentials(settings.registryAuthFile);
    const client = (): Promise<Docker> => this.engine.client();
    this.pulled = settings.images && new PulledImages(client, settings.images.file, settings.images.limit);
    const done = (image: string): void => this.pulled?.pulled(image);
    this.pulls = new ImagePulls({ client, credentials, policy: settings.pull ?? 'missing', done });
    this.ahead = settings.ahead && this.startedAhead(settings.ahead);
    const { runner, subnets = DEFAULT_SUBNETS, serviceLimitMs = DEFAULT_SERVICE_LIMIT_MS } = settings;
    this.more = new JobContainers({
      engine: this.engine,
      pulls: this.pulls,
      networks: new JobNetworks(this.engine, runner, subnets),
      runner,
      serviceLimitMs,
      removeSlot: (slot) => this.places.remove(slot),
    });
  }

  /** Begins to start containers ahead. */
  async open(): Promise<void> {
    await this.ahead?.open();
  }

  unavailable(): Promise<string | undefined> {
    return pingDocker(this.settings.address);
  }

  /** What waits is one container on the network of all; a job that is more is made when it comes. */
  slotFor(wish: SandboxWish): string {
    if (hasMore(wish)) return newSlot();
    const image = wish.image ?? this.settings.defaultImage;
    return (image === undefined ? undefined : this.ahead?.claim(image)) ?? newSlot();
  }

  async create(spec: SandboxSpec, progress: (line: string) => void, signal?: AbortSignal): Promise<Sandbox> {
    const image = spec.image ?? this.settings.defaultImage;
    if (!image) throw new ImageUnavailable('(none)', 'the job names no image');
    assertImageName(image);
    const { limits, cuts } = this.limitsFor(spec.resources);
    for (const one of imagesOf(spec, image)) this.pulled?.used(one);
    try {
      cuts.forEach(progress);
      if (hasMore(spec)) return await this.more.create(spec, image, limits, progress, signal);
      if (this.pulls.isAlways) await this.pulls.provide(image, progress, signal);
      const wish = { slot: spec.slot, image, limits };
      const fetch = (): Promise<void> => this.pulls.fetchMissing(image, progress, signal);
      const sandbox = (await this.collect(wish)) ?? (await this.places.make(wish, fetch));
      this.ahead?.used(image);
      return sandbox.furnish(spec.environment);
    } catch (error) {
      this.engine.forgetNetwork();
      await this.discard(spec.slot).catch(() => undefined);
      throw asEngineError(error);
    }
  }

  async discard(slot: string): Promise<void> {
    const waiting = this.ahead?.collect(slot);
    await (waiting ? waiting.sandbox.remove() : this.places.remove(slot));
  }

  async adopt(spec: SandboxSpec): Promise<Sandbox | undefined> {
    try {
      const docker = await this.engine.client();
      const listed = await docker.listContainers({ all: true, filters: this.labelled(spec.slot) });
      const own = listed.find(isMain);
      if (!own) return undefined;
      const sandbox = await this.join(spec, own);
      if (!sandbox) return await this.giveUp(spec.slot);
      if (!hasMore(spec)) return sandbox;
      const job = await this.more.adopt(spec, sandbox, listed, (found) => this.join(spec, found));
      return job ?? (await this.giveUp(spec.slot));
    } catch (error) {
      throw asEngineError(error);
    }
  }

  async reap(keep: ReadonlySet<string>): Promise<void> {
    try {
      const docker = await this.engine.client();
      const filters = this.labelled();
      const [containers, { Volumes }, networks] = await Promise.all([
        docker.listContainers({ all: true, filters }),
        docker.listVolumes({ filters }),
        docker.listNetworks({ filters }),
      ]);
      const labels = [...containers, ...(Volumes ?? []), ...networks].map(({ Labels }) => Labels);
      const slots = new Set(labels.map((label) => label?.[SLOT_LABEL] ?? ''));
      for (const slot of slots) {
        if (slot !== '' && !keep.has(slot) && !this.ahead?.has(slot)) await this.places.remove(slot);
      }
    } catch (error) {
      throw asEngineError(error);
    }
  }

  /** Removes what this process could not remove when it was told to: the engine was away. @throws EngineUnavailable */
  sweep(): Promise<void> {
    return this.places.sweep();
  }

  async close(): Promise<void> {
    await this.ahead?.close();
    await this.places.sweep();
    await this.pulled?.close();
  }

  private limitsFor(resources?: ResourceAmounts): ReturnType<typeof limitsFor> {
    return limitsFor(this.limits, this.settings.ceilings ?? {}, resources);
  }

  private startedAhead({ count, file, warn }: NonNullable<DockerExecutorSettings['ahead']>): StartedAhead {
    const { limits } = this.limitsFor();
    const { places } = this;
    return new StartedAhead({
      count,
      warn,
      recent: new RecentImages(file),
      make: async (slot, image) => {
        const gone = (): Promise<never> => Promise.reject(new ImageUnavailable(image, 'the engine does not have it'));
        const sandbox = await places.make({ slot, image, limits }, gone).catch((error: unknown) => {
          this.engine.forgetNetwork();
          throw error;
        });
        return { slot, image, imageId: await places.imageIdOf(slot), sandbox };
      },
      remove: (slot) => places.remove(slot),
      imageId: (image) => places.imageId(image),
    });
  }

  /** The place that was claimed for this slot, if it is still what would be made now. Whatever is wrong with it, another is. */
  private async collect({ slot, image, limits }: PlaceWish): Promise<DockerSandbox | undefined> {
    const waiting = this.ahead?.collect(slot);
    if (!waiting) return undefined;
    const usual = this.limitsFor().limits;
    const isUsual = limits.memoryBytes === usual.memoryBytes && limits.cpus === usual.cpus;
    try {
      const looked = this.places.imageId(image);
      const [imageId] = await Promise.all([looked, isUsual ? undefined : this.places.limit(slot, limits)]);
      if (imageId === waiting.imageId && waiting.sandbox.isOpen) return waiting.sandbox;
    } catch {
      // What is the matter with the engine, the next call says.
    }
    await waiting.sandbox.remove();
    return undefined;
  }

  private labelled(slot?: string): { label: string[] } {
    const ours = `${RUNNER_LABEL}=${this.settings.runner}`;
    return { label: slot === undefined ? [ours] : [ours, `${SLOT_LABEL}=${slot}`] };
  }

  /** Undefined when its shell does not run, or cannot be talked to. */
  private async join(
    { slot, environment }: SandboxSpec,
    found: Docker.ContainerInfo,
  ): Promise<DockerSandbox | undefined> {
    const nonce = found.Labels[NONCE_LABEL];
    if (found.State !== 'running' || !nonce) return undefined;
    const container = (await this.engine.client()).getContainer(found.Id);
    const sandbox = await DockerSandbox.rejoin({
      ...this.places.parts(slot, container, nonce),
      owner: async () => {
        const { User } = (await container.inspect()).Config;
        return ownerIn(container, found.Image, User);
      },
    });
    return sandbox.ready.then(
      () => sandbox.furnish(environment),
      () => undefined,
    );
  }

  private async giveUp(slot: string): Promise<undefined> {
    await this.places.remove(slot);
    return undefined;
  }
}

/** All images of a job, each once. */
const imagesOf = ({ stepImages = [], services = [] }: SandboxSpec, image: string): ReadonlySet<string> =>
  new Set([image, ...stepImages, ...services.map((service) => service.image)]);
