import { randomBytes } from 'node:crypto';
import { constants, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UnusableExchange } from '#errors';
import { MAX_EXCHANGE_BYTES, tooLargeForExchange, type Exchange } from './executor.js';
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
  readonly exchange: Readonly<{ environment: string; outputs: string }>;
  private readonly record: string;

  private constructor(
    readonly directory: string,
    private mark: ProcessMark,
  ) {
    this.workspace = join(directory, 'workspace');
    this.home = join(directory, 'home');
    this.temporary = join(directory, 'tmp');
    this.stepFile = join(directory, 'step');
    this.exchange = { environment: join(directory, 'env'), outputs: join(directory, 'outputs') };
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

  /** Something was written to a file of the exchange. */
  get hasExchange(): boolean {
    return Object.values(this.exchange).some((file) => (lstatSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0);
  }

  /** @throws UnusableExchange */
  async readExchange(): Promise<Exchange> {
    const [environment, outputs] = await Promise.all([
      readPlain('CAIRN_ENV', this.exchange.environment),
      readPlain('CAIRN_OUTPUT', this.exchange.outputs),
    ]);
    return { environment, outputs };
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

/** A step may have put anything there: a link to another file of the machine is not followed, a pipe not waited for. */
const readPlain = async (variable: string, path: string): Promise<Buffer> => {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new UnusableExchange(variable, 'it is no plain file');
    },
  );
  if (!file) return Buffer.alloc(0);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new UnusableExchange(variable, 'it is no plain file');
    if (stat.size > MAX_EXCHANGE_BYTES) throw new UnusableExchange(variable, tooLargeForExchange(stat.size));
    return await file.readFile();
  } finally {
    await file.close();
  }
};

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
