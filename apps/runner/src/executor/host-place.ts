import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  killProcesses,
  PROCESSES_VISIBLE,
  ticksNow,
  type ProcessIdentity,
  type ProcessMark,
} from './host-processes.js';

const newNonce = (): string => randomBytes(16).toString('hex');

/** The directory of one slot, with what a successor needs to find its processes. */
export class HostPlace {
  readonly workspace: string;
  readonly home: string;
  readonly temporary: string;
  readonly stepFile: string;
  private readonly record: string;

  private constructor(
    readonly directory: string,
    private mark: ProcessMark,
  ) {
    this.workspace = join(directory, 'workspace');
    this.home = join(directory, 'home');
    this.temporary = join(directory, 'tmp');
    this.stepFile = join(directory, 'step');
    this.record = join(directory, 'processes.json');
  }

  static make(directory: string): HostPlace {
    const place = new HostPlace(directory, { nonce: newNonce(), since: ticksNow() });
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    place.save();
    for (const path of [place.workspace, place.home, place.temporary]) mkdirSync(path);
    return place;
  }

  /** What an earlier process of this runner has left; undefined when there is nothing. */
  static find(directory: string): HostPlace | undefined {
    return existsSync(directory) ? new HostPlace(directory, readMark(join(directory, 'processes.json'))) : undefined;
  }

  get processes(): ProcessMark {
    return this.mark;
  }

  /** To be called before the leader starts anything: a successor ends what belongs to its session. */
  lead(leader: ProcessIdentity): void {
    this.mark = { ...this.mark, leader };
    this.save();
  }

  /** Ends what is left of the job, its leader too. */
  async remove(): Promise<void> {
    await killProcesses(this.mark);
    await this.clear();
  }

  /** Removes the directory, when nothing that was started in it is left. */
  async clear(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true }).catch(async () => {
      await makeWritable(this.directory);
      await rm(this.directory, { recursive: true, force: true, maxRetries: 3 });
    });
  }

  private save(): void {
    writeFileSync(this.record, JSON.stringify(this.mark), { mode: 0o600 });
  }
}

/** A record that was cut off names no process; a random nonce matches none. */
const readMark = (path: string): ProcessMark => {
  try {
    const { nonce, since = 0, leader } = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProcessMark>;
    if (typeof nonce === 'string' && /^[0-9a-f]{32}$/.test(nonce)) {
      const known = PROCESSES_VISIBLE && typeof leader?.pid === 'number' && typeof leader.start === 'string';
      return known ? { nonce, since, leader } : { nonce, since };
    }
  } catch {
    // Unreadable: as if there were none.
  }
  return { nonce: newNonce(), since: 0 };
};

/** Some tools leave directories that may not be written (module caches); their owner may change that. */
const makeWritable = async (directory: string): Promise<void> => {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(directory, entry.name));
  }
};
