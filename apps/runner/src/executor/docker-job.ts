import type { Readable } from 'node:stream';
import type { DockerSandbox } from './docker-sandbox.js';
import type { DockerService } from './docker-service.js';
import type { Exchange, Sandbox, StepCommand, StepProcess, TreeEntry, TreePath } from './executor.js';
import { serviceReady } from './service-readiness.js';
import { runAs } from './step-user.js';

/** A container with a waiting shell. `user`: who its steps run as, where the shell is root's. */
export type JobShell = Readonly<{ sandbox: DockerSandbox; user?: string }>;

export type JobParts = Readonly<{
  main: JobShell;
  /** By image. */
  steps: ReadonlyMap<string, JobShell>;
  services: readonly DockerService[];
  serviceLimitMs: number;
}>;

/** A job of several containers: the job's own, one for each image that steps name, and services. */
export class DockerJob implements Sandbox {
  constructor(private readonly parts: JobParts) {}

  get slot(): string {
    return this.main.slot;
  }

  get workspace(): string {
    return this.main.workspace;
  }

  get services(): readonly DockerService[] {
    return this.parts.services;
  }

  unpack(tar: Readable): Promise<void> {
    return this.main.unpack(tar);
  }

  async servicesReady(signal: AbortSignal): Promise<void> {
    const { services, serviceLimitMs } = this.parts;
    await Promise.all(services.map(({ name, container }) => serviceReady(name, container, serviceLimitMs, signal)));
  }

  async endServices(): Promise<void> {
    await Promise.all(this.services.map((service) => service.end()));
  }

  run(command: StepCommand): StepProcess {
    const { main, steps } = this.parts;
    const shell = command.image === undefined ? main : (steps.get(command.image) ?? main); // the job's own may be named too
    const user = command.user ?? shell.user;
    return shell.sandbox.run(shell.user === undefined ? command : { ...command, identity: runAs(user ?? '') });
  }

  entries(path: TreePath): AsyncIterable<TreeEntry> {
    return this.main.entries(path);
  }

  fill(entries: AsyncIterable<TreeEntry>): Promise<void> {
    return this.main.fill(entries);
  }

  exchange(): Promise<Exchange> {
    return this.main.exchange();
  }

  async detach(): Promise<void> {
    for (const service of this.services) service.detach();
    await Promise.all(this.shells.map((shell) => shell.detach()));
  }

  /** The removal of the main container is that of the whole slot. */
  async remove(): Promise<void> {
    for (const service of this.services) service.detach();
    await Promise.all([...this.parts.steps.values()].map(({ sandbox }) => sandbox.detach()));
    await this.main.remove();
  }

  private get main(): DockerSandbox {
    return this.parts.main.sandbox;
  }

  private get shells(): readonly DockerSandbox[] {
    return [this.main, ...[...this.parts.steps.values()].map(({ sandbox }) => sandbox)];
  }
}
