import type Docker from 'dockerode';
import { randomBytes } from 'node:crypto';
import { ImageUnavailable, ServiceUnavailable } from '#errors';
import type { ServiceTemplate } from '#events';
import {
  containerOptions,
  SERVICE_LABEL,
  STEP_IMAGE_LABEL,
  USER_LABEL,
  type ContainerLimits,
  type ContainerPlace,
} from './docker-container.js';
import { statusOf, wordsOf, type DockerEngine } from './docker-engine.js';
import { assertImageName } from './docker-image.js';
import { DockerJob, type JobShell } from './docker-job.js';
import type { DockerSandbox, SandboxParts } from './docker-sandbox.js';
import { DockerService } from './docker-service.js';
import { handOver, startSandbox } from './docker-start.js';
import type { SandboxSpec, SandboxWish } from './executor.js';
import { ROOT } from './image-owner.js';
import type { ImagePulls } from './image-pulls.js';
import type { JobNetworks } from './job-network.js';
import { serviceOptions } from './service-container.js';

export type JobContainersTools = Readonly<{
  engine: DockerEngine;
  pulls: ImagePulls;
  networks: JobNetworks;
  runner: string;
  serviceLimitMs: number;
  /** Removes all that there is of a slot. */
  removeSlot: (slot: string) => Promise<void>;
}>;

/** A container as the engine lists it. */
type Listed = Docker.ContainerInfo;

/** Whether a job is more than one container. */
export const hasMore = ({ services = [], stepImages = [], stepUsers }: SandboxWish): boolean =>
  services.length > 0 || isShared({ stepImages, stepUsers: stepUsers ?? false });

const isShared = ({ stepImages = [], stepUsers = false }: Pick<SandboxSpec, 'stepImages' | 'stepUsers'>): boolean =>
  stepImages.length > 0 || stepUsers;

/** All have ended; the first failure counts. Nothing goes on behind the back of whoever clears away after a failure. */
const all = async <T>(work: readonly Promise<T>[]): Promise<T[]> => {
  await Promise.allSettled(work);
  return Promise.all(work);
};

/** Makes and finds the places of jobs that are more than one container; see `docker-job.ts`. */
export class JobContainers {
  constructor(private readonly tools: JobContainersTools) {}

  /** What is left behind by a failure is the caller's to remove. */
  async create(
    spec: SandboxSpec,
    image: string,
    limits: ContainerLimits,
    progress: (line: string) => void,
    signal?: AbortSignal,
  ): Promise<DockerJob> {
    const { services = [], stepImages = [], slot } = spec;
    const { pulls, removeSlot, serviceLimitMs } = this.tools;
    const images = new Set([image, ...stepImages, ...services.map((service) => service.image)]);
    images.forEach(assertImageName);
    await removeSlot(slot);
    const networked = this.network(spec);
    await all<unknown>([networked, ...[...images].map((name) => pulls.provide(name, progress, signal))]);
    signal?.throwIfAborted();
    const network = await networked;
    const make = async (name: string, number?: number): Promise<JobShell> => {
      const place = { network, ...(isShared(spec) ? { shared: await this.sharing(name, number) } : {}) };
      return this.shell(spec, name, limits, place);
    };
    const started = services.map((service) => this.service(service, { slot, network }, limits));
    const main = make(image); // makes what is in the volume, so the others come after it
    const steps = main.then(() => all(stepImages.map((name, index) => make(name, index + 1))));
    await all<unknown>([main, steps, ...started]);
    const byImage = new Map((await steps).map((shell, index) => [stepImages[index] ?? '', shell]));
    return new DockerJob({ main: await main, steps: byImage, services: await Promise.all(started), serviceLimitMs });
  }

  /** From the slot's containers: undefined when a container is missing, or a shell does not run. `join` takes over one of them. */
  async adopt(
    spec: SandboxSpec,
    main: DockerSandbox,
    listed: readonly Listed[],
    join: (found: Listed) => Promise<DockerSandbox | undefined>,
  ): Promise<DockerJob | undefined> {
    const { engine, serviceLimitMs } = this.tools;
    const client = await engine.client();
    const steps = new Map<string, JobShell>();
    for (const found of listed) {
      const image = found.Labels[STEP_IMAGE_LABEL];
      if (image === undefined) continue;
      const sandbox = await join(found);
      if (sandbox) steps.set(image, { sandbox, ...userOf(found) });
    }
    // In the order of the job, which numbers their logs.
    const services = await all(
      (spec.services ?? []).flatMap(({ name }) => {
        const found = listed.find(({ Labels }) => Labels[SERVICE_LABEL] === name);
        return found ? [this.joinService(name, client.getContainer(found.Id), found)] : [];
      }),
    );
    const own = listed.find(isMain);
    const job = new DockerJob({ main: { sandbox: main, ...userOf(own) }, steps, services, serviceLimitMs });
    const isWhole = steps.size === (spec.stepImages ?? []).length && services.length === (spec.services ?? []).length;
    if (isWhole) return job;
    await job.detach();
    return undefined;
  }

  private network({ slot, services = [], stepImages = [] }: SandboxSpec): Promise<string> {
    const { engine, networks } = this.tools;
    if (services.length > 0) return networks.create(slot, 1 + stepImages.length + services.length);
    return engine.ensureNetwork();
  }

  private async sharing(image: string, number?: number): Promise<NonNullable<ContainerPlace['shared']>> {
    const { Config } = await (await this.tools.engine.client()).getImage(image).inspect();
    return { user: Config.User, ...(number === undefined ? {} : { number }) };
  }

  private async shell(
    spec: SandboxSpec,
    image: string,
    limits: ContainerLimits,
    place: ContainerPlace,
  ): Promise<JobShell> {
    const { engine, runner, removeSlot } = this.tools;
    const docker = await engine.client();
    const nonce = randomBytes(16).toString('hex');
    const options = containerOptions({ slot: spec.slot, image, runner, nonce, limits, place });
    const container = await docker.createContainer(options).catch((error: unknown) => {
      throw statusOf(error) === 400 ? new ImageUnavailable(image, wordsOf(error), { cause: error }) : error;
    });
    const { shared } = place;
    let owner = ROOT;
    if (!shared) owner = await handOver(container, image, (await docker.getImage(image).inspect()).Config.User);
    else if (shared.number === undefined) {
      const { sharedPlaceTar } = await import('./shared-place.js');
      await container.putArchive(sharedPlaceTar(), { path: '/' });
    }
    const parts: SandboxParts = {
      ...{ slot: spec.slot, engine, container, nonce },
      owner: () => Promise.resolve(owner),
      remove: () => removeSlot(spec.slot),
    };
    const sandbox = (await startSandbox(parts, image)).furnish(spec.environment);
    return { sandbox, ...(shared ? { user: shared.user } : {}) };
  }

  private async service(
    service: ServiceTemplate,
    at: Readonly<{ slot: string; network: string }>,
    limits: ContainerLimits,
  ): Promise<DockerService> {
    const { engine, runner } = this.tools;
    try {
      const container = await (
        await engine.client()
      ).createContainer(serviceOptions(service, { ...at, runner }, limits));
      const run = new DockerService(service.name, container, engine);
      await run.hold();
      await container.start();
      return run;
    } catch (error) {
      if (statusOf(error) !== 400) throw error;
      throw new ServiceUnavailable(service.name, `it cannot be started: ${wordsOf(error)}`, { cause: error });
    }
  }

  private async joinService(name: string, container: Docker.Container, { State }: Listed): Promise<DockerService> {
    const run = new DockerService(name, container, this.tools.engine);
    if (State === 'running') await run.hold();
    return run;
  }
}

/** Of a slot's containers the one that is the job's own. */
export const isMain = ({ Labels }: Pick<Listed, 'Labels'>): boolean =>
  Labels[SERVICE_LABEL] === undefined && Labels[STEP_IMAGE_LABEL] === undefined;

const userOf = (found: Listed | undefined): { user?: string } => {
  const user = found?.Labels[USER_LABEL];
  return user === undefined ? {} : { user };
};
