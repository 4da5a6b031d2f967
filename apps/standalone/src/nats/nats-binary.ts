import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NatsServerMissing } from '#errors';
import { hasApt, unpackDebianPackage } from './debian-package.js';
import { findProgram, isExecutable } from './find-program.js';

const run = promisify(execFile);
const OLDEST = [2, 9] as const;

export type NatsBinary = Readonly<{ file: string; version: string }>;

/** Its version, or why it is of no use. */
const inspect = async (file: string): Promise<NatsBinary | string> => {
  const answer = await run(file, ['--version'], { timeout: 5_000 }).catch(() => undefined);
  const version = /v(\d+\.\d+\.\d+\S*)/.exec(answer?.stdout ?? '')?.[1];
  if (version === undefined) return `${file} does not tell its version`;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  return enough ? { file, version } : `${file} is ${version}, too old`;
};

/**
 * A nats-server to start: the one on the search path, else one that was fetched into `directory` before, else Debian's package,
 * unpacked there. `say` hears when something is fetched.
 * @throws NatsServerMissing
 */
export const findNatsServer = async (
  searchPath: string,
  directory: string,
  say: (line: string) => void,
): Promise<NatsBinary> => {
  const fetched = join(directory, 'usr/sbin/nats-server');
  const faults: string[] = [];
  for (const file of [await findProgram('nats-server', searchPath), fetched]) {
    if (file === undefined || !(await isExecutable(file))) continue;
    const found = await inspect(file);
    if (typeof found !== 'string') return found;
    faults.push(found);
  }
  if (!(await hasApt(searchPath))) throw new NatsServerMissing([...faults, 'none on PATH'].join('; '));
  say('fetching nats-server (apt-get download) …');
  if (!(await unpackDebianPackage('nats-server', directory, searchPath)))
    throw new NatsServerMissing([...faults, 'none on PATH, and apt-get could not download it'].join('; '));
  const found = await inspect(fetched);
  if (typeof found === 'string') throw new NatsServerMissing(found);
  return found;
};
