import type { Readable } from 'node:stream';
import { posix } from 'node:path';
import { SandboxDetached, SandboxLost } from '#errors';
import type {
  Exchange,
  Sandbox,
  SandboxSpec,
  ServiceRun,
  StepCommand,
  StepProcess,
  TreeEntry,
  TreePath,
} from '../../src/executor/index.js';
import { fillTree, readTree } from '../../src/executor/host-tree.js';
import { assertUsable } from '../../src/executor/shell-protocol.js';
import { StepRun } from '../../src/executor/step-run.js';
import { unpacked } from '../../src/executor/tar-entries.js';
import { deedsIn, type Deeds } from './deeds.js';
import { TREE, WORKSPACE, type ScriptedPlace } from './scripted-place.js';
import { ScriptedStep } from './scripted-step.js';

const NO_SIGNALS = { terminate: () => Promise.resolve(), kill: () => Promise.resolve(), end: () => Promise.resolve() };

/** One process's hold on a place. */
export class ScriptedSandbox implements Sandbox {
  readonly workspace = WORKSPACE;
  readonly services: readonly ServiceRun[];
  #step: ScriptedStep | undefined;

  constructor(
    private readonly place: ScriptedPlace,
    private readonly spec: SandboxSpec,
    private readonly removal: () => Promise<void>,
  ) {
    this.services = place.services.map(({ run }) => run);
  }

  get slot(): string {
    return this.place.slot;
  }

  async unpack(tar: Readable): Promise<void> {
    await fillTree(this.place.directory, unpacked(tar, 'workspace'));
  }

  run(command: StepCommand): StepProcess {
    assertUsable(command);
    const { number } = command;
    const known = this.place.steps.get(number);
    const highest = Math.max(0, ...this.place.steps.keys());
    if (!known && (this.place.isLost || number <= highest)) {
      const why = this.place.isLost ? 'the place is gone' : `step ${number} was passed over`;
      const run = new StepRun(number, NO_SIGNALS, () => undefined);
      run.fail(new SandboxLost(why));
      return run;
    }
    this.#step = known ?? this.begin(command);
    return this.#step.read(number);
  }

  async servicesReady(signal: AbortSignal): Promise<void> {
    await Promise.all(this.place.services.map((service) => service.ready(signal)));
  }

  endServices(): Promise<void> {
    for (const service of this.place.services) service.end();
    return Promise.resolve();
  }

  exchange(): Promise<Exchange> {
    return this.place.readExchange();
  }

  entries(path: TreePath): AsyncIterable<TreeEntry> {
    return readTree(this.place.directory, path);
  }

  fill(entries: AsyncIterable<TreeEntry>): Promise<void> {
    return fillTree(this.place.directory, entries);
  }

  detach(): Promise<void> {
    this.#step?.leave(new SandboxDetached('this process has let go of the job'));
    this.#step = undefined;
    return Promise.resolve();
  }

  async remove(): Promise<void> {
    await this.detach();
    await this.removal();
  }

  private begin(command: StepCommand): ScriptedStep {
    const directory = posix.resolve(WORKSPACE, command.directory ?? '.');
    const {
      image = this.spec.image ?? 'the default image',
      user = 'its own user',
      shell = ['its own shell'],
    } = command;
    const step = new ScriptedStep(this.place, {
      environment: {
        ...this.spec.environment,
        ...command.environment,
        ...{ HOME: `${TREE}/home`, CAIRN_ENV: `${TREE}/env`, CAIRN_OUTPUT: `${TREE}/output` },
      },
      directory,
      description: `${image}, ${user}, ${shell.join(' ')}`,
    });
    this.place.steps.set(command.number, step);
    const missing: Deeds = { say: `cairn: ${command.directory ?? ''}: no such directory`, exit: 1 };
    return step.begin(this.place.hasDirectory(directory) ? (deedsIn(command.script) ?? {}) : missing);
  }
}
