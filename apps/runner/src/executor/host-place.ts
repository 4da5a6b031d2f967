import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UnusableExchange } from '#errors';
import { MAX_EXCHANGE_BYTES, tooLargeForExchange, type Exchange } from './executor.js';
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
  readonly exchange: Readonly<{ environment: string; outputs: string }>;
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
    this.exchange = { environment: join(directory, 'env'), outputs: join(directory, 'outputs') };
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

  async hasExchange(): Promise<boolean> {
    const sizes = Object.values(this.exchange).map((file) =>
      lstat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    );
    return (await Promise.all(sizes)).some((size) => size > 0);
  }

  /** @throws UnusableExchange */
  async readExchange(): Promise<Exchange> {
    const [environment, outputs] = await Promise.all([
      readPlain('CAIRN_ENV', this.exchange.environment),
      readPlain('CAIRN_OUTPUT', this.exchange.outputs),
    ]);
    return { environment, outputs };
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
