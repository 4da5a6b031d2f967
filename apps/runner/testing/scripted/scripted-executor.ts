import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { EngineUnavailable, ImageUnavailable } from '#errors';
import { newSlot, type Executor, type Sandbox, type SandboxSpec } from '../../src/executor/index.js';
import { ScriptedPlace } from './scripted-place.js';
import { ScriptedSandbox } from './scripted-sandbox.js';
import { ScriptedService } from './scripted-service.js';

/** No image can be had from there: the name cannot be anybody's (RFC 2606). */
const NOWHERE = /(^|\/)[^/]*\.invalid\//;

/** What outlives the runner's process: the places, and whether anybody may have one. */
export class ScriptedEngine {
  readonly places = new Map<string, ScriptedPlace>();
  /** Why it does not answer; undefined: it does. */
  outage: string | undefined;

  constructor(readonly directory: string) {
    mkdirSync(directory, { recursive: true });
  }

  async remove(slot: string): Promise<void> {
    const place = this.places.get(slot);
    if (!place) return;
    place.lose();
    for (const step of place.steps.values()) await step.signal('KILL');
    for (const service of place.services) service.end();
    await place.clear();
    this.places.delete(slot);
  }
}

/**
 * Jobs whose steps do what they are told as data (`deeds.ts`) instead of running commands: for tests of all that is around a
 * step. To its callers it is an engine with containers, which outlive the process that made them.
 */
export class ScriptedExecutor implements Executor {
  readonly name = 'scripted';

  constructor(private readonly engine: ScriptedEngine) {}

  open(): Promise<void> {
    return Promise.resolve();
  }

  slotFor(): string {
    return newSlot();
  }

  unavailable(): Promise<string | undefined> {
    return Promise.resolve(this.engine.outage);
  }

  async create(spec: SandboxSpec, progress: (line: string) => void): Promise<Sandbox> {
    this.assertAnswers();
    const images = [spec.image ?? '', ...(spec.stepImages ?? []), ...(spec.services ?? []).map(({ image }) => image)];
    for (const image of images)
      if (NOWHERE.test(image)) {
        progress(`pulling image ${image}`);
        throw new ImageUnavailable(image, 'no such host');
      }
    await this.engine.remove(spec.slot);
    const services = (spec.services ?? []).map((template) => new ScriptedService(template));
    const place = new ScriptedPlace(spec.slot, join(this.engine.directory, spec.slot), services);
    this.engine.places.set(spec.slot, place);
    return this.sandbox(place, spec);
  }

  discard(slot: string): Promise<void> {
    return this.engine.remove(slot);
  }

  async adopt(spec: SandboxSpec): Promise<Sandbox | undefined> {
    this.assertAnswers();
    const place = this.engine.places.get(spec.slot);
    if (place && !place.isLost) return this.sandbox(place, spec);
    await this.engine.remove(spec.slot);
    return undefined;
  }

  async reap(keep: ReadonlySet<string>): Promise<void> {
    for (const slot of [...this.engine.places.keys()]) if (!keep.has(slot)) await this.engine.remove(slot);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private assertAnswers(): void {
    if (this.engine.outage !== undefined) throw new EngineUnavailable(this.engine.outage);
  }

  private sandbox(place: ScriptedPlace, spec: SandboxSpec): Sandbox {
    return new ScriptedSandbox(place, spec, () => this.engine.remove(place.slot));
  }
}
