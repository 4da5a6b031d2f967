import { accessSync, constants } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { HostShells } from '../host-shell/index.js';
import { CairnError, ForkRefused, messageOf, NotOnHost, SandboxLost } from '#errors';
import type { Executor, Sandbox, SandboxSpec } from './executor.js';
import { HostPlace } from './host-place.js';
import { HostSandbox } from './host-sandbox.js';
import { newSlot } from './new-slot.js';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export type HostExecutorSettings = Readonly<{
  /** Of this runner alone; slots are made below it. */
  dataDir: string;
  /** The only variable of the runner that jobs see. */
  path?: string;
  /** Its own, when there are no others. */
  shells?: HostShells;
}>;

/** Jobs as plain processes of this machine: for people who trust what they build. Never for code from forks. */
export class HostExecutor implements Executor {
  readonly name = 'host';
  private readonly slots: string;
  private readonly path: string;
  private readonly shell: readonly string[];
  private readonly shells: HostShells;

  constructor({ dataDir, path = DEFAULT_PATH, shells }: HostExecutorSettings) {
    this.shells = shells ?? new HostShells(join(dataDir, 'shells'));
    this.slots = join(dataDir, 'slots');
    this.path = path;
    const bash = findProgram('bash', path);
    this.shell = bash ? [bash, '-eo', 'pipefail'] : ['/bin/sh', '-e'];
  }

  unavailable(): Promise<string | undefined> {
    return Promise.resolve(process.platform === 'win32' ? 'jobs on the host need a POSIX shell' : undefined);
  }

  slotFor(): string {
    return newSlot();
  }

  async create(spec: SandboxSpec): Promise<Sandbox> {
    if (spec.fork) throw new ForkRefused();
    for (const [what, isWanted] of wishes(spec)) if (isWanted) throw new NotOnHost(what);
    const directory = this.directoryOf(spec.slot);
    try {
      await HostPlace.find(directory)?.remove();
      const environment = { PATH: this.path, LANG: 'C.UTF-8', ...spec.environment };
      const place = HostPlace.make(directory);
      return new HostSandbox(spec.slot, place, this.shells, environment, this.shell);
    } catch (error) {
      await HostPlace.find(directory)
        ?.remove()
        .catch(() => undefined);
      if (error instanceof CairnError) throw error;
      throw new SandboxLost(`no place for the job can be made in ${directory}: ${messageOf(error)}`, { cause: error });
    }
  }

  async discard(slot: string): Promise<void> {
    await HostPlace.find(this.directoryOf(slot))?.remove();
  }

  /** Processes of the host cannot be taken over: their output was in the hands of the one that died. */
  async adopt({ slot }: SandboxSpec): Promise<undefined> {
    await this.discard(slot);
    return undefined;
  }

  async reap(keep: ReadonlySet<string>): Promise<void> {
    for (const slot of await readdir(this.slots).catch(() => [])) {
      if (!keep.has(slot)) await this.discard(slot);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private directoryOf(slot: string): string {
    return join(this.slots, slot);
  }
}

/** What only containers can do. */
const wishes = ({
  services = [],
  stepImages = [],
  stepUsers = false,
}: SandboxSpec): readonly (readonly [string, boolean])[] => [
  ['`services`', services.length > 0],
  ['`image` of a step', stepImages.length > 0],
  ['`user` of a step', stepUsers],
];

const findProgram = (name: string, path: string): string | undefined =>
  path
    .split(delimiter)
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
