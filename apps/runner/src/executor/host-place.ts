import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { killProcesses, PROCESSES_VISIBLE, type ProcessIdentity, type ProcessMark } from './host-processes.js';

const run = promisify(execFile);

/** The directory of one slot, with what a successor needs to find its processes. */
export class HostPlace {
  readonly workspace: string;
  readonly home: string;
  readonly temporary: string;
  /** Carries the output of a step: a true pipe, where `spawn` would give a socket, which cannot be opened by name. */
  readonly pipe: string;
  readonly stepFile: string;
  private readonly record: string;

  private constructor(
    readonly directory: string,
    private mark: ProcessMark,
  ) {
    this.workspace = join(directory, 'workspace');
    this.home = join(directory, 'home');
    this.temporary = join(directory, 'tmp');
    this.pipe = join(directory, 'output');
    this.stepFile = join(directory, 'step');
    this.record = join(directory, 'processes.json');
  }

  static async make(directory: string): Promise<HostPlace> {
    const place = new HostPlace(directory, { nonce: randomBytes(16).toString('hex') });
    await mkdir(directory, { recursive: true, mode: 0o700 });
    place.save();
    await Promise.all([
      run('mkfifo', ['-m', '600', place.pipe]),
      ...[place.workspace, place.home, place.temporary].map((path) => mkdir(path)),
    ]);
    return place;
  }

  /** What an earlier process of this runner has left; undefined when there is nothing. */
  static find(directory: string): HostPlace | undefined {
    return existsSync(directory) ? new HostPlace(directory, readMark(join(directory, 'processes.json'))) : undefined;
  }

  get processes(): ProcessMark {
    return this.mark;
  }

  /** To be called right after the start: a successor ends what belongs to this leader's session. */
  lead(leader: ProcessIdentity): void {
    this.mark = { nonce: this.mark.nonce, leader };
    this.save();
  }

  async remove(): Promise<void> {
    await killProcesses(this.mark);
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
    const { nonce, leader } = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProcessMark>;
    if (typeof nonce === 'string' && /^[0-9a-f]{32}$/.test(nonce)) {
      const known = PROCESSES_VISIBLE && typeof leader?.pid === 'number' && typeof leader.start === 'string';
      return known ? { nonce, leader } : { nonce };
    }
  } catch {
    // Unreadable: as if there were none.
  }
  return { nonce: randomBytes(16).toString('hex') };
};

/** Some tools leave directories that may not be written (module caches); their owner may change that. */
const makeWritable = async (directory: string): Promise<void> => {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(directory, entry.name));
  }
};
